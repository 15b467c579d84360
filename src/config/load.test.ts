import { describe, expect, it } from 'vitest';
import { CdcError } from '../domain/errors.ts';
import { loadServeConfig } from './load.ts';

const file = (text: string) => () => text;

function failure(action: () => unknown): CdcError {
  try {
    action();
  } catch (error) {
    if (error instanceof CdcError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('loadServeConfig', () => {
  it('has a default for every option', () => {
    expect(loadServeConfig({}, {})).toEqual({
      host: '127.0.0.1',
      port: 8600,
      dataDir: './data',
      logFormat: 'json',
      logLevel: 'info',
      shutdownTimeout: 30_000,
      drainTimeout: 600_000,
      bodyLimit: 1_048_576,
    });
  });

  it('takes flag before environment before file before default', () => {
    const text = 'port: 1\nhost: file\nlogLevel: warn\n';
    const env = { GAUSSCAST_PORT: '2', GAUSSCAST_HOST: 'env' };
    const config = loadServeConfig({ port: '3', config: 'c.yaml' }, env, file(text));
    expect(config).toMatchObject({ port: 3, host: 'env', logLevel: 'warn', dataDir: './data' });
  });

  it('finds the config file by GAUSSCAST_CONFIG and reads JSON', () => {
    expect(loadServeConfig({}, { GAUSSCAST_CONFIG: 'c.json' }, file('{"port": 0}')).port).toBe(0);
  });

  it('reads every option from its environment variable', () => {
    const config = loadServeConfig(
      {},
      {
        GAUSSCAST_DATA_DIR: '/srv',
        GAUSSCAST_LOG_FORMAT: 'pretty',
        GAUSSCAST_LOG_LEVEL: 'debug',
        GAUSSCAST_SHUTDOWN_TIMEOUT: '1500ms',
        GAUSSCAST_DRAIN_TIMEOUT: '2m',
        GAUSSCAST_BODY_LIMIT: '2048',
      },
    );
    expect(config).toMatchObject({
      dataDir: '/srv',
      logFormat: 'pretty',
      logLevel: 'debug',
      shutdownTimeout: 1500,
      drainTimeout: 120_000,
      bodyLimit: 2048,
    });
  });

  it('takes an empty variable as not set', () => {
    expect(loadServeConfig({}, { GAUSSCAST_PORT: '' }).port).toBe(8600);
  });

  it('reads a bare number as seconds, in flags and in the file', () => {
    expect(loadServeConfig({ shutdownTimeout: '5' }, {}).shutdownTimeout).toBe(5000);
    expect(loadServeConfig({ config: 'c' }, {}, file('shutdownTimeout: 7')).shutdownTimeout).toBe(7000);
  });

  it('takes keys of the file in the spelling of flags and variables too', () => {
    expect(loadServeConfig({ config: 'c' }, {}, file('data-dir: a\nlog_level: error'))).toMatchObject({
      dataDir: 'a',
      logLevel: 'error',
    });
  });

  it('names the nearest option for an unknown key of the file', () => {
    const error = failure(() => loadServeConfig({ config: 'c.yaml' }, {}, file('dataDirr: x')));
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toContain('unknown option "dataDirr"; did you mean "dataDir"?');
    expect(error.message).toContain('c.yaml');
  });

  it.each([
    [{ port: '70000' }, {}, '--port'],
    [{ port: '12x' }, {}, '--port'],
    [{}, { GAUSSCAST_PORT: '-1' }, 'GAUSSCAST_PORT'],
    [{ shutdownTimeout: 'soon' }, {}, '--shutdown-timeout'],
    [{ logFormat: 'xml' }, {}, '--log-format'],
    [{ host: ' ' }, {}, '--host'],
  ])('names the origin of a bad value %j %j', (flags, env, origin) => {
    const error = failure(() => loadServeConfig(flags, env));
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toContain(`${origin}: `);
    expect(error.fields[0]?.path).toBe(origin);
  });

  it('says that a config file is missing, malformed or no mapping', () => {
    expect(failure(() => loadServeConfig({ config: 'no/such/file' }, {})).message).toContain('no/such/file');
    expect(failure(() => loadServeConfig({ config: 'c' }, {}, file('a: [1'))).message).toContain('line 1');
    expect(failure(() => loadServeConfig({ config: 'c' }, {}, file('[1]'))).message).toContain('mapping');
  });

  it('takes an empty config file as no options', () => {
    expect(loadServeConfig({ config: 'c' }, {}, file('')).port).toBe(8600);
  });
});
