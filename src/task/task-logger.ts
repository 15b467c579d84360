/** What tasks need of a logger: fields first, then what happened. Never given specs, cell values or endpoints. */
export interface TaskLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
