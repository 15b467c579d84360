import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { KafkaEndpoint } from '../domain/endpoints.ts';

export interface Codec {
  /** Bits 0–2 of the batch's attributes (Kafka documentation, Record Batch). */
  readonly attributes: number;
  /** Compresses the records of a batch, header excluded, off the main thread; null: they are sent as they are. */
  readonly compress: ((records: Buffer) => Promise<Buffer>) | null;
}

const gzipBuffer = promisify<Buffer, Buffer>(gzip);

/** Codecs by `compression.type`. */
export const CODECS: Readonly<Record<KafkaEndpoint['compression'], Codec>> = {
  none: { attributes: 0, compress: null },
  gzip: { attributes: 1, compress: (records) => gzipBuffer(records) },
};
