import { createRequire } from 'node:module';
import { createServer, type Server } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Arena } from '../../src/sink/arena.ts';
import { FRAME_PREFIX, gatheredSize, gatherRecords } from '../../src/sink/closed-arena.ts';
import { CODECS } from '../../src/sink/compression.ts';
import {
  apiKeys,
  Broker,
  ConnectionPool,
  createLogger,
  Encoder,
  requests,
  saslProviders,
} from '../../src/sink/kafka/kafkajs-internals.ts';
import { BATCH_HEADER, writeBatchHeader } from '../../src/sink/record-batch.ts';
import { varintSize, writeVarint } from '../../src/sink/varint.ts';

const load = createRequire(import.meta.url);

interface KafkaJsBatch {
  readonly producerId: string;
  readonly producerEpoch: number;
  readonly firstSequence: number;
  readonly lastOffsetDelta: number;
  readonly firstTimestamp: string;
  readonly maxTimestamp: string;
  readonly records: readonly {
    readonly key: Buffer | null;
    readonly value: Buffer | null;
    readonly headers: Readonly<Record<string, Buffer | Buffer[]>>;
    readonly offset: string;
  }[];
}

const Decoder = load('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => unknown;
const decodeRecordBatch = load('kafkajs/src/protocol/recordBatch/v0/decoder') as (
  decoder: unknown,
) => Promise<KafkaJsBatch>;
const crc32cOfKafkaJs = load('kafkajs/src/protocol/recordBatch/crc32C') as (bytes: Buffer) => number;

interface PlainRecord {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, Uint8Array>>;
}

const bytes = fc.uint8Array({ maxLength: 200 });
const record: fc.Arbitrary<PlainRecord> = fc.record({
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.dictionary(
    fc.string({ minLength: 1, maxLength: 10 }).filter((name) => !(name in {})),
    bytes,
    {
      maxKeys: 5,
      noNullPrototype: true,
    },
  ),
});

function writeField(arena: Arena, field: Uint8Array): void {
  const size = Buffer.alloc(varintSize(field.length));
  writeVarint(size, 0, field.length);
  arena.writer.append(size);
  arena.writer.append(field);
}

async function buildBatch(records: readonly PlainRecord[], codecName: keyof typeof CODECS): Promise<Buffer> {
  const arena = new Arena(1_000_000);
  arena.addLanes(1, 1_000_000);
  for (const { key, value, headers } of records) {
    const writer = arena.beginRecord(0, key ?? Buffer.alloc(0), key?.length ?? -1);
    if (value !== null) writer.append(value);
    arena.endValue(value === null);
    for (const [name, content] of Object.entries(headers)) {
      writeField(arena, Buffer.from(name));
      writeField(arena, content);
    }
    arena.endRecord(Object.keys(headers).length);
  }
  const memory = Buffer.alloc(gatheredSize(arena));
  gatherRecords(arena, memory);
  const codec = CODECS[codecName];
  const plain = memory.subarray(FRAME_PREFIX + BATCH_HEADER);
  const packed = codec.compress === null ? plain : await codec.compress(plain);
  const batch = Buffer.concat([Buffer.alloc(BATCH_HEADER), packed]);
  writeBatchHeader(batch, 0, batch.length, {
    attributes: codec.attributes,
    recordCount: records.length,
    timestampMs: 1_700_000_000_000,
    producerId: 77n,
    producerEpoch: 3,
    baseSequence: 41,
  });
  return batch;
}

describe('record batches, read by the decoder of kafkajs', () => {
  it.each(['none', 'gzip'] as const)('come out as they went in (compression %s)', async (codecName) => {
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 20 }), async (records) => {
        const batch = await buildBatch(records, codecName);
        expect(batch.readUInt32BE(17)).toBe(crc32cOfKafkaJs(batch.subarray(21)) >>> 0);
        const read = await decodeRecordBatch(new Decoder(batch));
        expect(read).toMatchObject({ producerId: '77', producerEpoch: 3, firstSequence: 41 });
        expect(read).toMatchObject({ firstTimestamp: '1700000000000', maxTimestamp: '1700000000000' });
        expect(read.lastOffsetDelta).toBe(records.length - 1);
        expect(
          read.records.map(({ key, value, headers }) => ({
            key: key && new Uint8Array(key),
            value: value && new Uint8Array(value),
            headers: Object.fromEntries(
              Object.entries(headers).map(([name, field]) => [name, new Uint8Array(field as Buffer)]),
            ),
          })),
        ).toEqual(records);
      }),
      { numRuns: 60 },
    );
  });
});

describe('what we rely on in kafkajs', () => {
  let server: Server;
  let port: number;

  beforeAll(async () => {
    server = createServer((socket) => socket.on('error', () => {}));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as { port: number }).port;
  });

  afterAll(() => {
    server.close();
  });

  it('is version 2.2.4', () => {
    expect((load('kafkajs/package.json') as { version: string }).version).toBe('2.2.4');
  });

  it('numbers the APIs as the protocol does', () => {
    expect(apiKeys).toMatchObject({
      Produce: 0,
      Metadata: 3,
      CreateTopics: 19,
      InitProducerId: 22,
      DescribeConfigs: 32,
    });
  });

  it('encodes an empty list as an empty list, and booleans as a byte', () => {
    expect([...new Encoder().writeArray([], 'string').writeBoolean(false).buffer]).toEqual([0, 0, 0, 0, 0]);
    expect([...new Encoder().writeArray(['ab'], 'string').writeBoolean(true).buffer]).toEqual([
      0, 0, 0, 1, 0, 2, 97, 98, 1,
    ]);
  });

  it('decodes metadata, creations, configurations and producer ids apart from throwing at their error codes', () => {
    for (const [name, version] of Object.entries({
      Metadata: 6,
      CreateTopics: 3,
      DescribeConfigs: 2,
      InitProducerId: 1,
    })) {
      const definition = requests[name as keyof typeof requests] as unknown as {
        versions: string[];
        protocol: (choice: { version: number }) => (options: object) => { request: object; response: object };
      };
      expect(definition.versions).toContain(String(version));
      const { request, response } = definition.protocol({ version })({ topics: [], resources: [] });
      expect(request).toMatchObject({ apiKey: apiKeys[name], apiVersion: version, encode: expect.any(Function) });
      expect(response).toMatchObject({ decode: expect.any(Function), parse: expect.any(Function) });
    }
  });

  it('offers providers of the SASL mechanisms we allow', () => {
    for (const provider of Object.values(saslProviders)) {
      expect(provider({ username: 'u', password: 'p' })).toBeInstanceOf(Function);
    }
  });

  it('hands our sockets to its connections and queues requests that write themselves', async () => {
    const sockets: unknown[] = [];
    const { connect } = await import('node:net');
    const logger = createLogger({ level: 0, logCreator: () => () => {} });
    const pool = new ConnectionPool({
      host: '127.0.0.1',
      port,
      ssl: null,
      sasl: null,
      clientId: 'c',
      socketFactory: ({ host, port: to, onConnect }) => {
        const socket = connect({ host, port: to }, onConnect);
        sockets.push(socket);
        return socket;
      },
      connectionTimeout: 1000,
      requestTimeout: 1000,
      enforceRequestTimeout: true,
      maxInFlightRequests: null,
      logger,
    });
    const broker = new Broker({
      connectionPool: pool,
      logger,
      allowAutoTopicCreation: false,
      authenticationTimeout: 1000,
    });
    const connection = broker.connectionPool.pool[0]!;
    expect(connection.isConnected()).toBe(false);
    await (connection as unknown as { connect(): Promise<void> }).connect();
    expect(connection.isConnected()).toBe(true);
    expect(sockets).toEqual([connection.socket]);
    const correlationId = connection.nextCorrelationId();
    const lost = new Promise((_, reject) => {
      const entry = { apiKey: 0, apiName: 'Produce', apiVersion: 7, correlationId, resolve: () => {}, reject };
      const sendRequest = () => connection.socket.write('x');
      connection.requestQueue.push({ entry, expectResponse: true, requestTimeout: null, sendRequest });
    });
    connection.socket.destroy(new Error('gone'));
    await expect(lost).rejects.toMatchObject({ name: 'KafkaJSConnectionError' });
    expect(connection.isConnected()).toBe(false);
  });
});
