export type PartitionPolicy = 'table-hash' | 'primary-key-hash' | 'schema-hash' | 'partition-0' | 'record-key';

const MASK = 0xffff_ffffn;

/** Kafka's Utils.murmur2 in plain steps of 32-bit arithmetic (org.apache.kafka.common.utils.Utils): slow, and easy to compare with it. */
export function murmur2(bytes: Uint8Array): number {
  const multiplier = 0x5bd1e995n;
  const multiply = (value: bigint) => (value * multiplier) & MASK;
  let hash = 0x9747b28cn ^ BigInt(bytes.length);
  const words = Math.floor(bytes.length / 4);
  for (let i = 0; i < words; i++) {
    let word = 0n;
    for (let byte = 3; byte >= 0; byte--) word = (word << 8n) | BigInt(bytes[i * 4 + byte]!);
    word = multiply(word);
    word ^= word >> 24n;
    hash = multiply(hash) ^ multiply(word);
  }
  const rest = bytes.length % 4;
  for (let byte = rest - 1; byte >= 0; byte--) hash ^= BigInt(bytes[words * 4 + byte]!) << BigInt(8 * byte);
  if (rest > 0) hash = multiply(hash);
  hash ^= hash >> 13n;
  hash = multiply(hash);
  hash ^= hash >> 15n;
  return Number(hash);
}

export type Place = { database: string; schema: string; table: string };

/** Where the contract wants a record. `key`: the record's key as the contract has it by default; null for a table without one. */
export function expectedPartition(
  policy: PartitionPolicy,
  place: Place,
  key: Buffer | null,
  partitions: number,
): number {
  const table = `${place.database}.${place.schema}.${place.table}`;
  const hashOf = (text: string | Buffer) => (murmur2(Buffer.from(text)) & 0x7fff_ffff) % partitions;
  if (policy === 'partition-0') return 0;
  if (policy === 'table-hash') return hashOf(table);
  if (policy === 'schema-hash') return hashOf(`${place.database}.${place.schema}`);
  return hashOf(key ?? table);
}
