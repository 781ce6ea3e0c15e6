import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Document } from './fuzz-document.ts';

export interface FuzzRun {
  program: string;
  directory: string;
  apiUrl: string;
  token: string;
  document: Document;
  /** Operations of it that are not called. */
  excluded: string[];
  /** Of each operation. */
  examples: number;
  phases: string;
  seed: number;
}

/** What became of an operation's calls. */
export interface FuzzOutcome {
  calls: number;
  succeeded: number;
  faults: string[];
}

export interface FuzzReport {
  outcomes: Map<string, FuzzOutcome>;
  /** What Schemathesis said, with how to repeat each fault. */
  output: string;
}

const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'negative_data_rejection',
  'ignored_auth',
  'unsupported_method',
  'allow_header_conformance',
];

/** Has Schemathesis call every operation of the document as one caller. Throws when it doesn't come to its end. */
export async function runSchemathesis(run: FuzzRun): Promise<FuzzReport> {
  const [document, report] = [join(run.directory, 'openapi.json'), join(run.directory, 'report.ndjson')];
  await writeFile(document, JSON.stringify(run.document));
  const child = spawn(run.program, argsOf(run, document, report), {
    stdio: ['ignore', 'pipe', 'pipe'],
    // It leaves a cache where it runs.
    cwd: run.directory,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk;
    });
  await once(child, 'close');
  const events = (await readFile(report, 'utf8').catch(() => '')).trim().split('\n').flatMap(parse);
  if (!events.some((event) => 'EngineFinished' in event)) throw new Error(`Schemathesis broke off:\n${output}`);
  return { outcomes: outcomesOf(events), output };
}

function argsOf(
  { apiUrl, token, excluded, examples, phases, seed }: FuzzRun,
  document: string,
  report: string,
): string[] {
  return [
    ...['run', document, '--url', apiUrl, '--header', `Authorization: Bearer ${token}`],
    ...['--phases', phases, '--max-examples', String(examples), '--seed', String(seed)],
    ...['--checks', CHECKS.join(','), '--continue-on-failure', '--warnings', 'off', '--no-color'],
    ...excluded.flatMap((operation) => ['--exclude-name', operation]),
    ...['--generation-database', 'none', '--request-timeout', '90'],
    ...['--report', 'ndjson', '--report-ndjson-path', report],
  ];
}

interface Recorder {
  /** `GET /api/bookings/{id}` */
  label: string;
  checks?: Record<string, { name: string; status: string }[]>;
  interactions?: Record<string, { response: { status_code: number } | null }>;
}
interface ReportEvent {
  ScenarioFinished?: { recorder?: Recorder };
  NonFatalError?: { label: string; value: { message: string } };
  EngineFinished?: object;
}

const parse = (line: string): ReportEvent[] => (line === '' ? [] : [JSON.parse(line) as ReportEvent]);

function outcomesOf(events: ReportEvent[]): Map<string, FuzzOutcome> {
  const outcomes = new Map<string, FuzzOutcome>();
  const outcomeOf = (label: string): FuzzOutcome => {
    const outcome = outcomes.get(label) ?? { calls: 0, succeeded: 0, faults: [] };
    outcomes.set(label, outcome);
    return outcome;
  };
  for (const { ScenarioFinished: scenario, NonFatalError: error } of events) {
    if (error) outcomeOf(error.label).faults.push(error.value.message);
    if (scenario?.recorder) addScenario(outcomeOf(scenario.recorder.label), scenario.recorder);
  }
  return outcomes;
}

function addScenario(outcome: FuzzOutcome, { checks = {}, interactions = {} }: Recorder): void {
  const statuses = Object.values(interactions).map(({ response }) => response?.status_code ?? 0);
  const failed = Object.values(checks).flatMap((all) => all.filter(({ status }) => status === 'failure'));
  outcome.calls += statuses.length;
  outcome.succeeded += statuses.filter((status) => status >= 200 && status < 300).length;
  outcome.faults.push(...failed.map(({ name }) => name));
}
