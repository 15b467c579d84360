import { z } from 'zod';
import { parseDuration } from './duration.ts';

/** A duration as `30s`, `1500ms`, `5m`, `1h` or seconds; milliseconds after parsing. */
const duration = z.union([z.string(), z.number()]).transform((value, context) => {
  const milliseconds = parseDuration(String(value));
  if (milliseconds !== null) return milliseconds;
  context.addIssue({
    code: 'custom',
    message: `expected a duration like 30s, 1500ms or 5m, got ${JSON.stringify(value)}`,
  });
  return z.NEVER;
});

/** A whole number; environment variables and flags bring it as text. */
const wholeNumber = (min: number, max: number) =>
  z
    .union([z.number(), z.string().regex(/^\d+$/, `expected a whole number from ${min} to ${max}`).transform(Number)])
    .pipe(z.int().min(min).max(max));

const text = z.string().trim().min(1, 'must not be empty');

/** Every option of `gausscast serve`, with its default. Keys are those of the config file. */
export const ServeConfigSchema = z.strictObject({
  host: text.default('127.0.0.1'),
  port: wholeNumber(0, 65_535).default(8600),
  dataDir: text.default('./data'),
  logFormat: z.enum(['json', 'pretty']).default('json'),
  logLevel: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  shutdownTimeout: duration.default(30_000),
  drainTimeout: duration.default(600_000),
  bodyLimit: wholeNumber(1024, 104_857_600).default(1_048_576),
});

/** `shutdownTimeout` and `drainTimeout` in milliseconds, `bodyLimit` in bytes. */
export type ServeConfig = z.output<typeof ServeConfigSchema>;
export type ServeOption = keyof ServeConfig;

/** What the options mean, for `--help`. */
export const SERVE_OPTION_HELP: Readonly<Record<ServeOption, { readonly value: string; readonly help: string }>> = {
  host: {
    value: 'HOST',
    help: 'address to listen on; there is no access control yet, so anything but loopback is open to others',
  },
  port: { value: 'PORT', help: 'port to listen on; 0 takes a free one' },
  dataDir: { value: 'DIR', help: 'folder of the store' },
  logFormat: { value: 'FORMAT', help: 'json (lines for machines) or pretty (for people)' },
  logLevel: { value: 'LEVEL', help: 'fatal, error, warn, info, debug, trace or silent' },
  shutdownTimeout: { value: 'TIME', help: 'longest time between SIGTERM and exit (30s, 1500ms, 2m)' },
  drainTimeout: { value: 'TIME', help: 'longest time a stop may take to publish what is left' },
  bodyLimit: { value: 'BYTES', help: 'largest request body' },
};

export const SERVE_OPTIONS = Object.keys(SERVE_OPTION_HELP) as readonly ServeOption[];

/** `dataDir` → `data-dir`, the flag without its dashes. */
export function flagName(option: string): string {
  return option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `dataDir` → `GAUSSCAST_DATA_DIR`. */
export function environmentName(option: string): string {
  return `GAUSSCAST_${flagName(option).replaceAll('-', '_').toUpperCase()}`;
}
