import { ByteWriter } from '../../domain/byte-writer.ts';

/**
 * One header of Kafka's record format (v2): zigzag varint length of the key, key, zigzag varint length of the value,
 * value. Constant headers are one ready buffer, the others are appended through `appendHeader`.
 */
export function constantHeader(name: string, value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([headerKey(name), zigzag(bytes.length), bytes]);
}

/** Length and bytes of a header's key. */
export function headerKey(name: string): Buffer {
  const bytes = Buffer.from(name, 'utf8');
  return Buffer.concat([zigzag(bytes.length), bytes]);
}

/** Appends a header: its key as `headerKey` made it, and value[0 … position) with its length. */
export function appendHeader(key: Buffer, value: ByteWriter, out: ByteWriter): void {
  out.append(key);
  appendZigzag(value.position, out);
  out.append(value.bytes, 0, value.position);
}

/** A non-negative length below 2^30 as zigzag varint. */
function appendZigzag(length: number, out: ByteWriter): void {
  const target = out.reserve(5);
  let rest = length * 2;
  for (; rest > 127; rest >>>= 7) target[out.position++] = (rest & 127) | 128;
  target[out.position++] = rest;
}

function zigzag(length: number): Buffer {
  const out = new ByteWriter(5);
  appendZigzag(length, out);
  return out.bytes.subarray(0, out.position);
}
