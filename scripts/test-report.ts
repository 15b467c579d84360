import { existsSync, readFileSync } from 'node:fs';

export type Tally = { passed: number; failed: number; notes: string[] };

type AssertionResult = { status: string; fullName: string };
type FileResult = { name: string; status: string; message?: string; assertionResults: AssertionResult[] };
type JsonReport = { testResults: FileResult[] };

export type VitestRun = {
  reportFile: string;
  exitCode: number /** Skips are wanted: a name filter was given. */;
  filtered: boolean;
};

/**
 * Counts vitest's JSON report. Also failures: a file that could not be loaded, a run without any test, a skipped test (a test that
 * lacks its server must not look like one that passed), an exit code that the report does not explain (an unhandled rejection).
 */
export function tally(run: VitestRun): Tally {
  const files = readReport(run.reportFile);
  const notes: string[] = [];
  const tests = files.flatMap((file) => file.assertionResults);
  const passed = tests.filter((test) => test.status === 'passed').length;
  let failed = tests.filter((test) => test.status === 'failed').length;
  const fail = (count: number, note: string): void => {
    if (count === 0) return;
    failed += count;
    notes.push(note);
  };
  const broken = files.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  fail(broken.length, `files that failed as a whole: ${broken.map((file) => file.name).join(', ')}`);
  const skipped = tests.filter((test) => test.status !== 'passed' && test.status !== 'failed');
  if (!run.filtered)
    fail(skipped.length, `skipped, which counts as failed: ${skipped.map((test) => test.fullName).join('; ')}`);
  if (passed + failed === 0) fail(1, 'no test was run');
  if (failed === 0 && run.exitCode !== 0) fail(1, `vitest ended by exit code ${run.exitCode} though no test failed`);
  return { passed, failed, notes };
}

function readReport(file: string): FileResult[] {
  if (!existsSync(file)) return [];
  return (JSON.parse(readFileSync(file, 'utf8')) as JsonReport).testResults;
}
