import winston from "winston";

/** The log that every module writes to. `event` is a fixed dotted name; everything that varies goes into `fields`. */
export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  child(fields: LogFields): Logger;
}

/**
 * Fields of a log line. `message` and `level` belong to winston, which would append a field of that name to the event.
 */
export type LogFields = Readonly<Record<string, unknown>> & {
  readonly message?: never;
  readonly level?: never;
};

export const LOG_LEVELS = ["error", "warn", "info", "debug"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const SECRET_KEY = /password|passphrase|secret|token|otp|authorization|cookie|privatekey/i;
const MAX_DEPTH = 6;

function clean(value: unknown, depth = 0): unknown {
  if (value instanceof Error) {
    const code: unknown = Reflect.get(value, "code");
    return {
      name: value.name,
      message: value.message,
      ...(code === undefined ? {} : { code }),
      stack: value.stack,
      ...(value.cause === undefined ? {} : { cause: clean(value.cause, depth + 1) }),
    };
  }
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (depth >= MAX_DEPTH) return "[deep]";
  if (Array.isArray(value)) return value.map((item) => clean(item, depth + 1));
  // A Buffer would print its content, and a password for unicodePwd is one.
  if (value instanceof Uint8Array) return `[${value.byteLength.toString()} bytes]`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    // Secret, Date and URL have toJSON. Any other instance may contain anything, so only its class is printed.
    return "toJSON" in value ? value : `[${value.constructor.name}]`;
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      SECRET_KEY.test(key) ? "[redacted]" : clean(item, depth + 1),
    ]),
  );
}

/** Formats one line of JSON: time, level and event first, then the fields. */
function lineOf({ level, message, ...fields }: winston.Logform.TransformableInfo): string {
  const line: Record<string, unknown> = { timestamp: new Date().toISOString(), level, message };
  for (const key of Object.keys(fields)) line[key] = SECRET_KEY.test(key) ? "[redacted]" : clean(fields[key]);
  return JSON.stringify(line);
}

export function createLogger(options: {
  readonly service: string;
  readonly level: LogLevel;
  readonly stream?: NodeJS.WritableStream;
}): Logger {
  const { Console, Stream } = winston.transports;
  const logger = winston.createLogger({
    level: options.level,
    defaultMeta: { service: options.service },
    format: winston.format.printf(lineOf),
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- winston's transports are declared as plain interfaces
    transports: [options.stream ? new Stream({ stream: options.stream }) : new Console()],
  });
  return withoutLesser(logger, options.level);
}

/** Skips lines below the level before they are formatted. winston would format them and then drop them. */
function withoutLesser(logger: winston.Logger, level: LogLevel): Logger {
  const lesser = LOG_LEVELS.slice(LOG_LEVELS.indexOf(level) + 1);
  const at = (one: LogLevel): Logger["info"] =>
    lesser.includes(one) ? () => undefined : (event, fields) => void logger[one](event, fields);
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    child: (fields) => withoutLesser(logger.child(fields), level),
  };
}

/** Logs nothing. For tests, and for commands that print their own output. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};
