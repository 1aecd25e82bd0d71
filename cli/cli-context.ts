/** The context of every command of `latchkey`: its input and output, the API, and the tenant. */
import { statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import type { ReadStream } from "node:tty";
import { API_KEY_TEXT } from "../shared/api/api-keys.ts";
import { tenantListSchema } from "../shared/api/tenants.ts";
import type { CommandIo } from "../shared/command.ts";
import { isSecureOrLoopback } from "../shared/config/fields.ts";
import { AppError } from "../shared/errors.ts";
import type { Secret } from "../shared/secret.ts";
import { fileProblemOf } from "../shared/system-errors.ts";
import { readSecretFile, textProblemOf } from "../shared/text-file.ts";
import { type ApiClient, createApiClient } from "./api-client.ts";

export interface CliIo extends CommandIo {
  /** Read only when it is a terminal, to type a password. */
  readonly stdin: ReadStream;
}

/** Options that all commands have. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly tenant?: string;
}

export interface CliContext {
  readonly io: CliIo;
  /** Reads LATCHKEY_URL and LATCHKEY_API_KEY_FILE on first use, so that --help needs neither. */
  readonly api: () => ApiClient;
  /** Resolves with `--tenant`, else LATCHKEY_TENANT, else the only tenant there is. */
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
        "LATCHKEY_URL is not an http:// or https:// address. Set LATCHKEY_URL, e.g. https://latchkey.example.com",
      );
    // Without TLS the API key could be read in transit, and an attacker could name keys of his own to seal passwords
    // to.
    if (!isSecureOrLoopback(url))
      throw new AppError(
        "USAGE",
        "LATCHKEY_URL must begin with https:// (http:// is for this host itself only).",
      );
    const { username, password } = new URL(url);
    if (username !== "" || password !== "")
      throw new AppError("USAGE", "LATCHKEY_URL must not contain a user name or a password.");
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
          "There is no tenant yet. Create one: latchkey tenant create --id ID --name NAME",
        );
      if (another !== undefined)
        throw new AppError(
          "USAGE",
          `There are several tenants. Add --tenant ${items.map(({ id }) => id).join(" or --tenant ")}`,
        );
      return only.id;
    },
  };
}

function readApiKey({ environment, stderr }: CliIo): Secret {
  const file = environment["LATCHKEY_API_KEY_FILE"];
  if (file === undefined || file === "") throw new AppError("API_KEY_MISSING");
  const wrong = (problem: string, cause?: unknown): AppError =>
    new AppError("API_KEY_FILE_INVALID", `LATCHKEY_API_KEY_FILE: ${problem}.`, { cause });
  if (API_KEY_TEXT.test(file))
    throw wrong("this is the key itself; write it to a file and name the file here");
  let key: Secret;
  try {
    key = readSecretFile(file);
  } catch (error) {
    throw wrong(`${file} cannot be read: ${textProblemOf(error)}`, error);
  }
  // A key with anything beside it would be refused as a header, and the text of that error holds the header.
  if (!API_KEY_TEXT.test(key.reveal())) throw wrong(`${file} does not hold an API key (lkk_…) alone`);
  // Windows has no file modes.
  if (process.platform !== "win32" && (statSync(file).mode & 0o077) !== 0)
    stderr.write(`Warning: other users can read your API key. Run: chmod 600 ${file}\n`);
  return key;
}

/** Reads a file with one secret. `option` names it in errors. Throws USAGE. */
export function readSecret(file: string, option: string): Secret {
  try {
    return readSecretFile(file);
  } catch (error) {
    throw new AppError("USAGE", `${option}: ${file} cannot be read: ${textProblemOf(error)}.`, {
      cause: error,
    });
  }
}

/** Writes a secret to a new file with mode 0600. Throws USAGE when the file exists, and leaves it as it is. */
export async function writeSecretFile(file: string, secret: string): Promise<void> {
  try {
    await writeFile(file, `${secret}\n`, { flag: "wx", mode: 0o600 });
  } catch (error) {
    throw new AppError("USAGE", `${file} cannot be written: ${fileProblemOf(error)}.`, { cause: error });
  }
}
