import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import ts from 'typescript';

interface Rule {
  /** Files the rule is for: a folder (ends with `/`) or a file, from the root. */
  of: string;
  /** Our own folders and files it may import from, beside itself. */
  ours: string[];
  /** Ours of which it may import types alone. */
  types?: string[];
  /** Packages it may import; null: any but those of `never`. */
  packages: (string | RegExp)[] | null;
  never?: (string | RegExp)[];
}

const NODE = /^node:/;
const TEMPORAL = /^@temporalio\//;
const SEQUELIZE = /^sequelize/;

// Data flows one way through the house: this is the table of it.
const RULES: Rule[] = [
  {
    of: 'src/domain/',
    ours: [],
    packages: ['joi', 'luxon', 'fastest-levenshtein', /^libphonenumber-js\//, 'node:buffer'],
  },
  { of: 'src/readers/', ours: ['src/domain/'], packages: null, never: [TEMPORAL, SEQUELIZE, 'pg', 'express', 'joi'] },
  { of: 'workflows/', ours: ['src/domain/'], types: ['activities/'], packages: ['@temporalio/workflow'] },
  { of: 'activities/', ours: ['src/domain/', 'src/readers/', 'db/'], packages: [NODE, '@temporalio/activity'] },
  { of: 'db/', ours: ['src/domain/'], packages: null, never: [TEMPORAL, 'express'] },
  {
    of: 'src/http/',
    ours: [
      'src/domain/',
      'db/',
      'src/temporal.ts',
      'src/files.ts',
      'src/metrics.ts',
      'src/config.ts',
      'src/local-keys.ts',
    ],
    packages: null,
    never: [TEMPORAL, SEQUELIZE, 'pg'],
  },
];

const FOLDERS = ['src', 'workflows', 'activities', 'db'];
const MAINS = [
  'src/api.ts',
  'src/worker.ts',
  'src/start.ts',
  'src/migrate.ts',
  'src/cli/demo.ts',
  'src/cli/import.ts',
  'src/cli/token.ts',
  'src/cli/reconcile.ts',
  'src/cli/compile.ts',
];

interface Import {
  file: string;
  target: string;
  typeOnly: boolean;
}

const root = join(import.meta.dirname, '..');
const files = FOLDERS.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((name) => name.endsWith('.ts') && !name.startsWith('src/portal/')),
);

function importsOf(file: string): Import[] {
  const source = ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest);
  return source.statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
    if (!statement.moduleSpecifier || !ts.isStringLiteral(statement.moduleSpecifier)) return [];
    const specifier = statement.moduleSpecifier.text;
    const target = specifier.startsWith('.') ? normalize(join(dirname(file), specifier)) : specifier;
    return [{ file, target, typeOnly: isTypeOnly(statement) }];
  });
}

function isTypeOnly(statement: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(statement)) return statement.isTypeOnly;
  const clause = statement.importClause;
  if (!clause) return false;
  if (clause.isTypeOnly) return true;
  const named = clause.namedBindings;
  return (
    !clause.name &&
    named !== undefined &&
    ts.isNamedImports(named) &&
    named.elements.every((element) => element.isTypeOnly)
  );
}

const isOurs = (target: string) => FOLDERS.some((folder) => target.startsWith(`${folder}/`));
const matches = (patterns: (string | RegExp)[], name: string) =>
  patterns.some((pattern) => (typeof pattern === 'string' ? pattern === name : pattern.test(name)));

function offends(rule: Rule, { target, typeOnly }: Import): boolean {
  if (isOurs(target)) {
    const allowed = [rule.of, ...rule.ours, ...(typeOnly ? (rule.types ?? []) : [])];
    return !allowed.some((place) => target.startsWith(place));
  }
  return rule.packages === null ? matches(rule.never ?? [], target) : !matches(rule.packages, target);
}

describe('the house', () => {
  const imports = files.flatMap(importsOf);

  for (const rule of RULES) {
    it(`keeps ${rule.of} to its imports`, () => {
      const own = imports.filter(({ file }) => file.startsWith(rule.of));
      assert.ok(own.length > 0, `${rule.of} has files with imports`);
      const offences = own
        .filter((found) => offends(rule, found))
        .map(({ file, target }) => `${file} imports ${target}`);
      assert.deepEqual(offences, []);
    });
  }

  it('has no main imported by anything', () => {
    const offences = imports
      .filter(({ target }) => MAINS.includes(target))
      .map(({ file, target }) => `${file} imports ${target}`);
    assert.deepEqual(offences, []);
  });

  it('keeps SQL in db/', () => {
    const statement =
      /`\s*(select|insert into|update|delete from|create table|with)\s[\s\S]*?\b(from|set|values|as \()\b/i;
    const offences = files.filter(
      (file) => !file.startsWith('db/') && statement.test(readFileSync(join(root, file), 'utf8')),
    );
    assert.deepEqual(offences, []);
  });

  it('reads the environment in the mains alone', () => {
    const readers = files.filter((file) => readFileSync(join(root, file), 'utf8').includes('process.env'));
    assert.deepEqual(
      readers.filter((file) => !MAINS.includes(file) && file !== 'src/config.ts'),
      [],
    );
  });

  it('has no files that nobody can name', () => {
    const vague = files.filter((file) =>
      /(^|\/)(utils?|helpers?|common|misc|.*-(manager|service))\.ts$/.test(relative('.', file)),
    );
    assert.deepEqual(vague, []);
  });
});
