import { ByteWriter } from '../../src/domain/byte-writer.ts';
import type { Change, Transaction } from '../../src/domain/change.ts';
import type { CompiledEnvelope } from '../../src/envelope/envelope.ts';

/** A record as text; a null value is a tombstone. */
export interface Message {
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly (readonly [string, string])[];
}

const SENT_MS = 1_800_000_000_000;

/** The records that a change becomes. The envelope must have keys of its own. */
export function messagesOf(envelope: CompiledEnvelope, change: Change, transaction: Transaction): readonly Message[] {
  return envelope.parts(change).map((part) => {
    const value = part.hasValue ? text((out) => envelope.writeValue(part, change, transaction, SENT_MS, out)) : null;
    let hasKey = false;
    const key = text((out) => {
      hasKey = envelope.writeKey!(part, change, out);
    });
    let count = 0;
    const headers = bytesOf((out) => {
      count = envelope.writeHeaders?.(part, change, transaction, SENT_MS, out) ?? 0;
    });
    return { key: hasKey ? key : null, value, headers: readHeaders(headers, count) };
  });
}

function text(write: (out: ByteWriter) => void): string {
  return bytesOf(write).toString('utf8');
}

function bytesOf(write: (out: ByteWriter) => void): Buffer {
  const out = new ByteWriter(16);
  write(out);
  return out.bytes.subarray(0, out.position);
}

/** Headers as Kafka's record format has them: varint key length, key, varint value length, value. */
function readHeaders(bytes: Buffer, count: number): readonly (readonly [string, string])[] {
  let at = 0;
  const next = (): string => {
    let length = 0;
    let shift = 0;
    let byte: number;
    do {
      byte = bytes[at++]!;
      length |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte > 127);
    const start = at;
    at += length >>> 1;
    return bytes.toString('utf8', start, at);
  };
  const headers = Array.from({ length: count }, () => [next(), next()] as const);
  if (at !== bytes.length) throw new Error('bytes are left behind the headers');
  return headers;
}
