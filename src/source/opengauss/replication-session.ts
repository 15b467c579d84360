import type { SourceEndpoint } from '../../domain/endpoints.ts';
import { closeClient } from '../session-client.ts';
import { connectOpenGaussReplication } from './client.ts';
import type { SqlSession } from './sql-session.ts';

/** No slot's holder is named like this: those are `gausscast:<slot>`. */
const APPLICATION_NAME = 'gausscast admin';

/**
 * Runs `use` over a short replication session. It acts as the initial user: it sees every session and may end every one,
 * whatever the configured role may do (test/fixtures/opengauss/catalog/visibility.json). Kept only as long as needed: it ends
 * by itself when it idles, and with the first error. Errors as `connectOpenGaussReplication`, and whatever `use` throws.
 */
export async function withReplication<T>(
  endpoint: SourceEndpoint,
  use: (client: SqlSession) => Promise<T>,
): Promise<T> {
  const client = await connectOpenGaussReplication(endpoint, APPLICATION_NAME);
  try {
    return await use(client);
  } finally {
    await closeClient(client);
  }
}
