import { describe, expect, it } from 'vitest';
import { CdcError } from '../domain/errors.ts';
import { createLogger, type Logger, taskLogger } from './logger.ts';

function capture(format: 'json' | 'pretty' = 'json'): { logger: Logger; lines: string[] } {
  const lines: string[] = [];
  const logger = createLogger({ format, level: 'debug', write: (line) => void lines.push(line) });
  return { logger, lines };
}

describe('createLogger', () => {
  it('writes lines for people in the pretty format, at once', () => {
    const { logger, lines } = capture('pretty');
    logger.warn({ port: 1 }, 'listening');
    expect(lines.join('')).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] WARN: listening\n {4}port: 1\n$/);
  });

  it('writes one JSON object per line with level, time and message', () => {
    const { logger, lines } = capture();
    logger.info({ port: 1 }, 'listening on http://127.0.0.1:1');
    const line = JSON.parse(lines[0]!);
    expect(line).toMatchObject({ level: 'info', port: 1, msg: 'listening on http://127.0.0.1:1' });
    expect(Number.isNaN(Date.parse(line.time))).toBe(false);
  });

  it('masks secrets at any depth and leaves other members alone', () => {
    const { logger, lines } = capture();
    logger.info(
      { spec: { source: { password: 'p1', tls: { key: 'p2' } }, target: { sasl: { clientSecret: 'p3' } } } },
      'a',
    );
    logger.info({ password: 'p4', list: [{ token: 'p5' }], routing: { key: 'visible' } }, 'b');
    logger.child({ authorization: 'p6' }).info('c');
    const text = lines.join('');
    for (const secret of ['p1', 'p2', 'p3', 'p4', 'p5', 'p6']) expect(text).not.toContain(secret);
    expect(text).toContain('visible');
  });

  it('shows code, hint, data and cause of a CdcError under err', () => {
    const { logger, lines } = capture();
    const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    logger.error(
      { err: new CdcError('SOURCE_UNREACHABLE', 'no answer', { cause, data: { host: 'h', password: 'p1' } }) },
      'x',
    );
    const { err } = JSON.parse(lines[0]!);
    expect(err).toMatchObject({
      code: 'SOURCE_UNREACHABLE',
      retry: 'timed',
      message: 'no answer',
      data: { host: 'h' },
    });
    expect(err.hint).toContain('firewall');
    expect(err.cause).toMatchObject({ message: 'refused', code: 'ECONNREFUSED' });
    expect(lines[0]).not.toContain('p1');
  });

  it('puts id and name of the task on every line of its logger', () => {
    const { logger, lines } = capture();
    taskLogger(logger, 't1', 'orders').info('started');
    expect(JSON.parse(lines[0]!)).toMatchObject({ taskId: 't1', task: 'orders' });
  });
});
