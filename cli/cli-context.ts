/** What every command of `latchkey` works with: the API, and the tenant that is meant. */
import { readFileSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import type { ReadStream } from "node:tty";
import { tenantListSchema } from "../shared/api/tenants.ts";
import type { CommandIo } from "../shared/command.ts";
import { isSecureOrLoopback } from "../shared/config/fields.ts";
import { AppError } from "../shared/errors.ts";
import { Secret } from "../shared/secret.ts";
import { type ApiClient, createApiClient } from "./api-client.ts";

export interface CliIo extends CommandIo {
  /** For typing a password; anything but a terminal is left alone. */
  readonly stdin: Pick<ReadStream, "isTTY" | "setRawMode" | "on" | "off" | "resume" | "pause">;
}

/** Options that all commands take. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly tenant?: string;
}

export interface CliContext {
  readonly io: CliIo;
  /** Reads LATCHKEY_URL and LATCHKEY_API_KEY_FILE on first use, so that --help needs neither. */
  readonly api: () => ApiClient;
  /** `--tenant`, else LATCHKEY_TENANT, else the only one there is. */
  readonly tenantOf: (options: CommonOptions) => Promise<string>;
}

export function createCliContext(io: CliIo): CliContext {
  const { environment } = io;
  let client: ApiClient | undefined;

  const api = (): ApiClient => {
    const url = environment["LATCHKEY_URL"];
    if (url === undefined || !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
      throw new AppError(
        "USAGE",
        "Set LATCHKEY_URL to the address of the cloud, e.g. https://latchkey.example.com",
      );
    // The key would be readable on the way, and passwords are sealed to whatever keys the answer names.
    if (!isSecureOrLoopback(url))
      throw new AppError("USAGE", "LATCHKEY_URL must be https:// (http:// only to this machine itself).");
    client ??= createApiClient({ url, apiKey: readApiKey(io) });
    return client;
  };

  return {
    io,
    api,
    async tenantOf({ tenant }) {
      const given = tenant ?? environment["LATCHKEY_TENANT"];
      if (given !== undefined && given !== "") return given;
      const { items } = await api().call(tenantListSchema, { path: "/tenants" });
      const [only, another] = items;
      if (only === undefined)
        throw new AppError(
          "TENANT_UNKNOWN",
          "There is no tenant yet: latchkey tenant create --id ID --name NAME",
        );
      if (another !== undefined)
        throw new AppError("USAGE", `Say which tenant: --tenant ${items.map(({ id }) => id).join(" | ")}`);
      return only.id;
    },
  };
}

function readApiKey({ environment, stderr }: CliIo): Secret {
  const file = environment["LATCHKEY_API_KEY_FILE"];
  if (file === undefined || file === "") throw new AppError("API_KEY_MISSING");
  const key = readSecretFile(file, "LATCHKEY_API_KEY_FILE");
  // Modes mean nothing on Windows.
  if (process.platform !== "win32" && (statSync(file).mode & 0o077) !== 0)
    stderr.write(`Warning: others can read your API key. Run: chmod 600 ${file}\n`);
  return key;
}

/** The content without the line's end. An empty file is a mistake. */
export function readSecretFile(file: string, what: string): Secret {
  let text: string;
  try {
    text = readFileSync(file, "utf8").replace(/\r?\n$/, "");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError("USAGE", `${what} cannot be read: ${reason}`, { cause: error });
  }
  if (text === "") throw new AppError("USAGE", `${what}: ${file} is empty.`);
  return new Secret(text);
}

/** A new file 0600; one that exists already is left alone. */
export async function writeSecretFile(file: string, secret: string): Promise<void> {
  try {
    await writeFile(file, `${secret}\n`, { flag: "wx", mode: 0o600 });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError("USAGE", `The secret cannot be written: ${reason}`, { cause: error });
  }
}
