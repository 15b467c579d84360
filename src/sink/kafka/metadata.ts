import type { KafkaConnection } from './kafka-connection.ts';
import { apiKeys, Encoder, type MetadataAnswer, requests } from './kafkajs-internals.ts';

/** The last version without allow_auto_topic_creation. */
const LAST_WITHOUT_AUTO_CREATION = 3;

/**
 * Metadata of exactly these topics, error codes per topic and partition included; never creates a topic.
 * kafkajs encodes an empty list as "all topics", hence the encoding here.
 */
export function fetchMetadata(connection: KafkaConnection, topics: readonly string[]): Promise<MetadataAnswer> {
  return connection.exchange((lookUp) => {
    const { request, response } = lookUp(apiKeys.Metadata!, requests.Metadata)({ topics });
    const encode = async () => {
      const body = new Encoder().writeArray(topics, 'string');
      return request.apiVersion > LAST_WITHOUT_AUTO_CREATION ? body.writeBoolean(false) : body;
    };
    return { request: { ...request, encode }, response };
  });
}
