import { CdcError } from '../../domain/errors.ts';
import type { ProduceEntry } from '../channel.ts';

export const PRODUCE_KEY = 0;
export const PRODUCE_VERSION = 7;
const ACKS_ALL = -1;

export interface ProduceHead {
  readonly correlationId: number;
  readonly clientId: string;
  /** How long the broker may wait for its replicas. */
  readonly timeoutMs: number;
}

/**
 * A Produce v7 request as chunks to be written in order; the frames themselves are not copied.
 * ```
 * size int32 | apiKey int16 | apiVersion int16 | correlationId int32 | clientId string
 * transactionalId nullable string (null) | acks int16 | timeout int32 | topics [ name string | [ frame ] ]
 * ```
 * Entries of one topic must be neighbours. Source: Kafka protocol guide, Produce API.
 */
export function encodeProduce(head: ProduceHead, entries: readonly ProduceEntry[]): Buffer[] {
  const groups = groupByTopic(entries);
  const clientId = Buffer.from(head.clientId, 'utf8');
  const start = Buffer.allocUnsafe(4 + 2 + 2 + 4 + 2 + clientId.length + 2 + 2 + 4 + 4);
  let at = start.writeInt16BE(PRODUCE_KEY, 4);
  at = start.writeInt16BE(PRODUCE_VERSION, at);
  at = start.writeInt32BE(head.correlationId, at);
  at = start.writeInt16BE(clientId.length, at);
  at += clientId.copy(start, at);
  at = start.writeInt16BE(-1, at);
  at = start.writeInt16BE(ACKS_ALL, at);
  at = start.writeInt32BE(head.timeoutMs, at);
  start.writeInt32BE(groups.length, at);
  const chunks: Buffer[] = [start];
  for (const group of groups) {
    chunks.push(topicHead(group.topic, group.frames.length));
    for (const frame of group.frames) chunks.push(frame);
  }
  let size = -4;
  for (const chunk of chunks) size += chunk.length;
  start.writeInt32BE(size, 0);
  return chunks;
}

interface TopicGroup {
  readonly topic: string;
  readonly frames: Buffer[];
}

function groupByTopic(entries: readonly ProduceEntry[]): TopicGroup[] {
  const groups: TopicGroup[] = [];
  for (const { topic, frame } of entries) {
    const last = groups[groups.length - 1];
    if (last?.topic === topic) last.frames.push(frame);
    else groups.push({ topic, frames: [frame] });
  }
  return groups;
}

function topicHead(topic: string, partitions: number): Buffer {
  const name = Buffer.from(topic, 'utf8');
  const head = Buffer.allocUnsafe(2 + name.length + 4);
  head.writeInt16BE(name.length, 0);
  name.copy(head, 2);
  head.writeInt32BE(partitions, 2 + name.length);
  return head;
}

export interface ProduceAnswer {
  /** Kafka error code per entry, in the order of the request. */
  readonly codes: readonly number[];
  readonly throttleMs: number;
}

/**
 * Reads a Produce v7 answer.
 * `topics [ name string | [ partition int32 | error int16 | baseOffset int64 | logAppendTime int64 | logStartOffset int64 ] ] | throttle int32`
 * Errors: KAFKA_SESSION_ENDED when it is cut short or leaves an entry out.
 */
export function decodeProduceAnswer(payload: Buffer, entries: readonly ProduceEntry[]): ProduceAnswer {
  const byPlace = new Map<string, number>();
  let at = 4;
  try {
    for (let topics = payload.readInt32BE(0); topics > 0; topics--) {
      const length = payload.readInt16BE(at);
      const topic = payload.toString('utf8', at + 2, at + 2 + length);
      at += 2 + length;
      const partitions = payload.readInt32BE(at);
      at += 4;
      for (let i = 0; i < partitions; i++, at += 30) {
        byPlace.set(`${payload.readInt32BE(at)} ${topic}`, payload.readInt16BE(at + 4));
      }
    }
    const codes = entries.map(({ topic, partition }) => byPlace.get(`${partition} ${topic}`));
    if (codes.every((code) => code !== undefined)) return { codes, throttleMs: payload.readInt32BE(at) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  throw new CdcError('KAFKA_SESSION_ENDED', 'Kafka answered a Produce request for other partitions than were sent');
}
