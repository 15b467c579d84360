import type { Command } from 'commander';
import { loadServeConfig } from '../config/load.ts';
import {
  environmentName,
  flagName,
  SERVE_OPTION_HELP,
  SERVE_OPTIONS,
  ServeConfigSchema,
  type ServeOption,
} from '../config/serve-config.ts';
import { action, type Session } from './session.ts';

const HELP = `
Options are taken from flag, environment, config file (YAML or JSON; keys like dataDir), default, in this order.

Examples:
  gausscast serve
  gausscast serve --port 0 --data-dir /var/lib/gausscast --log-format pretty
  GAUSSCAST_PORT=9000 gausscast serve --config gausscast.yaml
`;

/** `serve`: flags from the config schema, so that no option is missing in one of flag, environment and file. */
export function addServeCommand(program: Command, session: Session): void {
  const defaults = ServeConfigSchema.parse({});
  const serve = program.command('serve').description('run the service');
  for (const option of SERVE_OPTIONS) {
    const { value, help } = SERVE_OPTION_HELP[option];
    serve.option(
      `--${flagName(option)} <${value.toLowerCase()}>`,
      `${help} (${environmentName(option)}, default ${shown(option, defaults[option])})`,
    );
  }
  serve
    .option('--config <file>', 'config file (GAUSSCAST_CONFIG)')
    .addHelpText('after', HELP)
    .action(
      action<Partial<Record<ServeOption | 'config', string>>>(session, async (context) => {
        const config = loadServeConfig(context.options, context.io.env, context.io.readFile);
        return session.wiring.serve(config, context.io);
      }),
    );
}

function shown(option: ServeOption, value: unknown): string {
  return option.endsWith('Timeout') ? `${Number(value) / 1000}s` : String(value);
}
