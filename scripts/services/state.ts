import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { KafkaServer } from './kafka.ts';
import type { PostgresServer } from './postgres.ts';

/** What services.json tells tests, bench and people: where the servers are and how to log in. Readable by its owner only. */
export type ServicesFile = {
  postgres: {
    host: string;
    port: number;
    user: string;
    password: string;
    pid: number;
    binDir: string;
    logFile: string;
  };
  kafka: {
    host: string;
    port: number;
    bootstrap: string;
    pid: number;
    classpath: string;
    dataFolder: string;
    logFile: string;
  };
};

export function describePostgres(server: PostgresServer): ServicesFile['postgres'] {
  const { host, port, superuser: user, password, pid, binDir, logFile } = server;
  return { host, port, user, password, pid, binDir, logFile };
}

export function describeKafka(server: KafkaServer): ServicesFile['kafka'] {
  const { host, port, bootstrap, pid, classpath, dataFolder, logFile } = server;
  return { host, port, bootstrap, pid, classpath, dataFolder, logFile };
}

/** Null for a missing, unreadable or half-written file. */
export function readServices(file: string): ServicesFile | null {
  if (!existsSync(file)) return null;
  try {
    const content = JSON.parse(readFileSync(file, 'utf8')) as Partial<ServicesFile>;
    return content.postgres && content.kafka ? { postgres: content.postgres, kafka: content.kafka } : null;
  } catch {
    return null;
  }
}

export function writeServices(file: string, services: ServicesFile): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(services, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export function removeServices(file: string): void {
  rmSync(file, { force: true });
}
