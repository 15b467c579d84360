import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ByteSink } from '../../../test/support/byte-sink.ts';
import { backendMessage, COPY_BOTH } from '../../../test/support/wal-builder.ts';
import { OpenGaussConnection } from './connection.ts';

const READY = backendMessage('Z', Buffer.from('I'));
const KEEPALIVE = Buffer.from('6b20e88802000000000100000001000000bd1f4d72be0303000101120024560000', 'hex');
const request = (code: number, rest = '') =>
  backendMessage('R', new ByteSink().uint32(code).bytes(Buffer.from(rest, 'latin1')).toBuffer());

/** A connection on a socket without a peer; `heard` tells pg's events in order, `sent` what went out, as hex. */
function setUp(settings: Readonly<Record<string, string>> = { client_encoding: 'UTF8' }) {
  const sent: string[] = [];
  const write = (chunk: Buffer, _encoding: string, done: () => void) => {
    sent.push(chunk.toString('hex'));
    done();
  };
  const socket = new Duplex({ read: () => undefined, write });
  const config = { ssl: false, keepAlive: false, keepAliveInitialDelayMillis: 0, stream: socket } as const;
  const connection = new OpenGaussConnection(config, { username: 'u0', password: () => 'secret', settings });
  const heard: string[] = [];
  connection.attachListeners(socket);
  connection.on('authenticationOk', () => heard.push('ok'));
  connection.on('authenticationMD5Password', () => heard.push('md5'));
  connection.on('copyData', ({ chunk }: { chunk: Buffer }) => heard.push(`copy ${chunk.length}`));
  connection.on('errorMessage', (error: Error) => heard.push(JSON.stringify({ ...error, message: error.message })));
  return { connection, socket, sent, heard };
}

async function turns(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}

describe('OpenGaussConnection', () => {
  it('starts protocol 3.51, byte for byte as recorded', () => {
    const { connection, sent } = setUp();
    connection.startup({ user: 'u0', database: 'factdb' });
    expect(sent).toEqual([
      '0000003600030033757365720075300064617461626173650066616374646200636c69656e745f656e636f64696e6700555446380000',
    ]);
  });

  it('adds its settings to what pg gives, but nothing of the environment', () => {
    const { connection, sent } = setUp({ session_timeout: '0' });
    connection.startup({ user: 'u', database: 'd', application_name: 'a', replication: 'database', options: '-c x=1' });
    const texts = Buffer.from(sent[0]!, 'hex').subarray(8).toString().split('\0');
    expect(texts.join(' ')).toBe('user u database d application_name a replication database session_timeout 0  ');
  });

  it.each([
    ['cleartext', request(3), 'SOURCE_AUTH', 3],
    ['GSS', request(7), 'SOURCE_AUTH', 7],
    ['SSPI', request(9), 'SOURCE_AUTH', 9],
    ['MD5 over SHA256', request(11, `${'0'.repeat(64)}salt`), 'SOURCE_AUTH', 11],
    ['SHA256 of RFC 5802', request(12), 'SOURCE_AUTH', 12],
    ['an IAM token', request(14), 'SOURCE_AUTH', 14],
    ['an unknown code', request(99), 'SOURCE_AUTH', 99],
    ['no code', backendMessage('R', Buffer.alloc(2)), 'SOURCE_AUTH', -1],
    ['SASL', request(10, 'SCRAM-SHA-256\0\0'), 'DIALECT_MISMATCH', undefined],
    ['a protocol negotiation', backendMessage('v', Buffer.alloc(8)), 'DIALECT_MISMATCH', undefined],
  ])('sends nothing for %s', async (_what, message, code, authenticationCode) => {
    const { socket, sent, heard } = setUp();
    socket.push(message);
    const [error] = await once(socket, 'error');
    expect(error).toMatchObject({ code, data: authenticationCode === undefined ? {} : { authenticationCode } });
    expect({ sent, heard }).toEqual({ sent: [], heard: [] });
  });

  it('leaves MD5 to pg', async () => {
    const { socket, sent, heard } = setUp();
    socket.push(request(5, 'salt'));
    await turns();
    expect({ sent, heard }).toEqual({ sent: [], heard: ['md5'] });
  });

  it('is asked for the password once', async () => {
    const { socket, heard } = setUp();
    socket.push(Buffer.concat([request(5, 'salt'), request(5, 'salt')]));
    const [error] = await once(socket, 'error');
    expect(error).toMatchObject({ code: 'SOURCE_AUTH' });
    expect(heard).toEqual(['md5']);
  });

  it('takes no internal code for a column and no module for a type', async () => {
    const { socket, heard } = setUp();
    // "The account has been locked." as recorded.
    const body =
      '53464154414c006330004d546865206163636f756e7420686173206265656e206c6f636b65642e0043323830303000644241434b454e440000';
    socket.push(backendMessage('E', Buffer.from(body, 'hex')));
    await turns();
    const { severity, code, message, column, dataType } = JSON.parse(heard[0]!);
    expect([severity, code, message]).toEqual(['FATAL', '28000', 'The account has been locked.']);
    expect([column, dataType]).toEqual([undefined, undefined]);
  });

  it('rewrites keepalives within a stream only: elsewhere they are rows of COPY', async () => {
    const { socket, heard } = setUp();
    const keepalive = backendMessage('d', KEEPALIVE);
    socket.push(Buffer.concat([keepalive, COPY_BOTH, keepalive, READY, keepalive]));
    await turns();
    expect(heard).toEqual(['copy 33', 'copy 18', 'copy 33']);
  });

  it('sends a status as openGauss reads it', () => {
    const { connection, sent } = setUp();
    connection.sendCopyFromChunk(Buffer.from(`72${'00000000000000ff'.repeat(3)}${'00'.repeat(9)}`, 'hex'));
    expect(sent).toEqual([`640000004572${'ff00000000000000'.repeat(5)}${'00'.repeat(24)}`]);
  });
});
