import { describe, expect, it } from "vitest";
import { selectorPriority, selectorsPriority } from "../../src/algorithms/selector-match.ts";
import type { ResourceSelector } from "../../src/api/index.ts";

const template = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "default", labels: { app: "web" } },
};
const base = { apiVersion: "apps/v1", kind: "Deployment" };

describe("how well a selector fits", () => {
  it.each<[string, ResourceSelector, number]>([
    ["by name", { ...base, name: "web" }, 3],
    ["by name, whatever its labels", { ...base, name: "web", labelSelector: { matchLabels: { app: "no" } } }, 3],
    ["by another name", { ...base, name: "api" }, 0],
    ["by labels", { ...base, labelSelector: { matchLabels: { app: "web" } } }, 2],
    ["by other labels", { ...base, labelSelector: { matchLabels: { app: "api" } } }, 0],
    ["by kind", base, 1],
    ["by kind in its namespace", { ...base, namespace: "default" }, 1],
    ["by kind in another namespace", { ...base, namespace: "other" }, 0],
    ["by another kind", { ...base, kind: "StatefulSet" }, 0],
    ["by another version", { ...base, apiVersion: "apps/v1beta1" }, 0],
  ])("%s", (_title, selector, priority) => {
    expect(selectorPriority(template, selector)).toBe(priority);
  });

  it("is the best of several", () => {
    expect(selectorsPriority(template, [base, { ...base, name: "web" }, { ...base, kind: "Job" }])).toBe(3);
    expect(selectorsPriority(template, [])).toBe(0);
  });
});
