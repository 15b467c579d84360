import { spawn } from 'node:child_process';
import { javaCommand, kafkaClasspath } from '../../scripts/services/kafka-jars.ts';

export type JavaOptions = { timeoutMs?: number; classpath?: string; stdin?: string };

const DEFAULT_TIMEOUT_MS = 60_000;

/** Runs a class of Kafka's jars, e.g. `kafka.tools.DumpLogSegments`; gives its stdout, throws with its stderr unless it exits by 0. */
export function runJavaClass(mainClass: string, args: readonly string[], options: JavaOptions = {}): Promise<string> {
  return runJava([mainClass, ...args], options);
}

/** Compiles and runs one Java source file with Kafka's jars on its class path. */
export function runJavaSource(file: string, args: readonly string[] = [], options: JavaOptions = {}): Promise<string> {
  return runJava([file, ...args], options);
}

/** What DumpLogSegments prints of a segment, each batch and record; it checks the CRC of each batch (`isvalid: true`). */
export function dumpLogSegments(files: readonly string[], options: JavaOptions = {}): Promise<string> {
  const args = ['--files', files.join(','), '--print-data-log', '--deep-iteration'];
  return runJavaClass('kafka.tools.DumpLogSegments', args, options);
}

/** Kafka's own console consumer, from the beginning: one line per record, `property`=value printed as asked. */
export function consoleConsumer(
  bootstrap: string,
  topic: string,
  count: number,
  properties: readonly string[] = [],
  options: JavaOptions = {},
): Promise<string> {
  const args = ['--bootstrap-server', bootstrap, '--topic', topic, '--from-beginning', '--max-messages', String(count)];
  args.push(
    '--timeout-ms',
    String(options.timeoutMs ?? 30_000),
    ...properties.flatMap((property) => ['--property', property]),
  );
  return runJavaClass('org.apache.kafka.tools.consumer.ConsoleConsumer', args, options);
}

function runJava(args: readonly string[], options: JavaOptions): Promise<string> {
  const classpath = options.classpath ?? kafkaClasspath();
  const flags = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx256m', '-Dlog4j2.level=ERROR'];
  const child = spawn(javaCommand(), [...flags, '-cp', classpath, ...args], {
    timeout: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  child.stdin.end(options.stdin ?? '');
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve(output.stdout);
      else reject(new Error(`java ${args[0]} ended by ${signal ?? code}:\n${output.stderr}\n${output.stdout}`));
    });
  });
}
