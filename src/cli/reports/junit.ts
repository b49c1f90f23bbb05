import type { PlayResult } from "../../scenario/index.ts";

/** JUnit XML: a test suite per scenario, a test case per step. */
export function junitReport(results: readonly PlayResult[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${results.map(suite).join("")}</testsuites>\n`;
}

function suite(result: PlayResult): string {
  const failures = result.steps.filter((step) => step.failures.length > 0).length;
  const cases = result.steps.map((step) => {
    const open = `    <testcase classname="${escape(result.name)}" name="${escape(step.name)}" time="${(step.wallMs / 1000).toFixed(3)}"`;
    if (step.failures.length === 0) return `${open}/>\n`;
    const failed = step.failures.map(
      (failure) => `      <failure message="${escape(failure.message)}">${escape(failure.diff)}</failure>\n`,
    );
    return `${open}>\n${failed.join("")}    </testcase>\n`;
  });
  const time = (result.wallMs / 1000).toFixed(3);
  return `  <testsuite name="${escape(result.name)}" tests="${result.steps.length}" failures="${failures}" time="${time}">\n${cases.join("")}  </testsuite>\n`;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`).replace(/[^\t\n\r\u0020-\uFFFD]/g, "");
}
