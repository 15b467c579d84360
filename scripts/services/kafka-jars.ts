import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const POM = join(import.meta.dirname, 'kafka', 'pom.xml');
const OLDEST_JAVA = 17;
const CURE =
  'Install it (Java 17 or newer and Maven: on Debian `apt-get install openjdk-17-jre-headless maven`), or use containers instead: `docker compose up`.';

/** The Java command: that of JAVA_HOME, else the one on the path. Throws when there is none, or an old one. */
export function javaCommand(): string {
  const home = process.env.JAVA_HOME;
  const command = home ? join(home, 'bin', 'java') : 'java';
  const result = spawnSync(command, ['-version'], { encoding: 'utf8' });
  if (result.error) throw new Error(`Java is missing (${command}). ${CURE}`, { cause: result.error });
  const version = Number(/version "(\d+)/.exec(result.stderr)?.[1]);
  if (!(version >= OLDEST_JAVA))
    throw new Error(`Java ${OLDEST_JAVA} or newer is needed; ${command} says: ${result.stderr.trim()}. ${CURE}`);
  return command;
}

/**
 * Class path of Kafka and its tools: fetched from Maven Central once per content of the pom, into .dev/kafka-libs/<hash of the pom>.
 * The folder appears by one rename, so that neither a broken download nor a second process at the same time leaves half of it.
 */
export function kafkaClasspath(): string {
  const hash = createHash('sha256').update(readFileSync(POM)).digest('hex').slice(0, 12);
  const folder = join(ROOT, '.dev', 'kafka-libs', hash);
  if (!existsSync(folder)) fetchJars(folder);
  return join(folder, '*');
}

function fetchJars(folder: string): void {
  const partial = `${folder}.partial-${process.pid}`;
  mkdirSync(partial, { recursive: true });
  try {
    const args = [
      '-q',
      '-B',
      '-f',
      POM,
      'dependency:copy-dependencies',
      '-DincludeScope=runtime',
      `-DoutputDirectory=${partial}`,
    ];
    const result = spawnSync('mvn', args, { encoding: 'utf8' });
    if (result.error)
      throw new Error(`Maven (mvn) is missing; it fetches Kafka's jars. ${CURE}`, { cause: result.error });
    if (result.status !== 0) throw new Error(`mvn could not fetch Kafka's jars:\n${result.stdout}\n${result.stderr}`);
    try {
      renameSync(partial, folder);
    } catch (error) {
      if (!existsSync(folder)) throw error;
    }
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}
