/** What one expression may cost (`k8s.io/apiserver/pkg/apis/cel`). */
export const PER_CALL_LIMIT = 1_000_000;
/** What all rules of an object, or all of one policy's binding, may cost together. */
export const COST_BUDGET = 10_000_000;
/** What the match conditions of one webhook or policy may cost together. */
export const MATCH_CONDITIONS_BUDGET = 2_500_000;
