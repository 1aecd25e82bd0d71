/**
 * The owner's API key. `init` runs before Redis is available, so it writes the key's digest to the data directory. The
 * next node that starts with this directory moves the digest into the store.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { AppError } from "../shared/errors.ts";
import { ulidSchema } from "../shared/ids.ts";
import { parseJson } from "../shared/parse-json.ts";
import type { Secret } from "../shared/secret.ts";
import type { Audit } from "./audit/audit.ts";
import { readPrivate, writeOnce } from "./keys/key-files.ts";
import { apiKeyDigestSchema, type ApiKeys, makeApiKeySecret } from "./store/api-keys.ts";

const FILE = "owner-key.json";
const fileSchema = z.strictObject({ id: ulidSchema, digest: apiKeyDigestSchema });

/**
 * Creates an owner key and returns it, to be shown once. Replaces an earlier one that no node has moved into the store
 * yet.
 */
export async function prepareOwnerKey(dataDirectory: string): Promise<Secret> {
  const path = join(dataDirectory, FILE);
  const { id, digest, text } = makeApiKeySecret();
  await rm(path, { force: true });
  await writeOnce(path, `${JSON.stringify({ id, digest })}\n`);
  return text;
}

/** Moves a prepared owner key into the store. Safe to repeat after a crash at any point, and from several nodes. */
export async function adoptOwnerKey(
  dataDirectory: string,
  { apiKeys, audit }: { readonly apiKeys: Pick<ApiKeys, "adopt">; readonly audit: Audit },
): Promise<void> {
  const path = join(dataDirectory, FILE);
  const text = await readPrivate(path);
  if (text === null) return;
  const parsed = fileSchema.safeParse(parseJson(text));
  if (!parsed.success)
    throw new AppError(
      "STATE_UNREADABLE",
      `${path} is damaged. Remove it and run: latchkey-cloud init --new-owner-key`,
    );
  const isNew = await apiKeys.adopt(parsed.data, {
    name: "owner",
    tenantId: null,
    scopes: ["owner"],
    createdBy: "system",
    expiresAt: null,
  });
  if (isNew)
    await audit.append({
      tenantId: null,
      action: "api_key.created",
      actor: "system",
      subject: `key:${parsed.data.id}`,
      outcome: "done",
      details: { scopes: "owner" },
    });
  await rm(path, { force: true }); // force, because another node that shares the directory may have removed it
}
