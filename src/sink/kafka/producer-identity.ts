import type { ProducerIdentity } from '../../domain/task.ts';
import { pause, type SinkClock } from '../clock.ts';
import { CODE } from '../kafka-codes.ts';
import { isRetriable } from '../verdict.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import { kafkaCodeError } from './kafka-errors.ts';
import { apiKeys, type InitProducerIdAnswer, requests } from './kafkajs-internals.ts';

const MAX_EPOCH = 32_767;
const TRY_FOR_MS = 30_000;
const POLL_MS = 100;
/** Means nothing without a transactional id, but has to be positive. */
const TRANSACTION_TIMEOUT_MS = 60_000;

/**
 * The identity of a new session: the stream's producer id with the next epoch, so that late batches of its last session
 * are refused (design §5.8). A new id at the first session, when epochs have run out, and for another cluster, where the
 * number may be someone else's. Errors: KAFKA_*.
 */
export async function nextIdentity(
  cluster: KafkaCluster,
  previous: ProducerIdentity | null,
  clock: SinkClock,
): Promise<ProducerIdentity> {
  const { clusterId } = cluster;
  const isElsewhere = previous?.clusterId !== undefined && clusterId !== null && previous.clusterId !== clusterId;
  const place = clusterId === null ? {} : { clusterId };
  if (previous !== null && !isElsewhere && previous.epoch < MAX_EPOCH) {
    return { producerId: previous.producerId, epoch: previous.epoch + 1, ...place };
  }
  const { producerId, producerEpoch } = await requestIdentity(cluster, clock);
  return { producerId, epoch: producerEpoch, ...place };
}

/** A fresh producer id from any broker; one that has just started may say that its coordinator is loading. */
export async function requestIdentity(cluster: KafkaCluster, clock: SinkClock): Promise<InitProducerIdAnswer> {
  const deadline = clock.now() + TRY_FOR_MS;
  for (;;) {
    const answer = await cluster.withAny((connection) =>
      connection.request(apiKeys.InitProducerId!, requests.InitProducerId, {
        transactionalId: null,
        transactionTimeout: TRANSACTION_TIMEOUT_MS,
      }),
    );
    if (answer.errorCode === CODE.NONE) return answer;
    if (!isRetriable(answer.errorCode) || clock.now() >= deadline) {
      throw kafkaCodeError(answer.errorCode, 'give a producer id');
    }
    await pause(clock, POLL_MS);
  }
}
