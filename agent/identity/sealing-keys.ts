/** The keys that passwords are sealed to: new ones every day, the old ones kept for the last job on its way, then erased. */
import { z } from "zod";
import type { Clock } from "../../shared/clock.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../shared/durations.ts";
import { base64urlUpTo, newId, ulidSchema } from "../../shared/ids.ts";
import type { Logger } from "../../shared/logger.ts";
import { generateSealingKeyPair, type SealingKeyPair, SUITES } from "../../shared/sealing/hpke.ts";
import { type SealingKeyRecord, signSealingKey } from "../../shared/sealing/job.ts";
import { Secret } from "../../shared/secret.ts";
import type { Closable } from "../../shared/shutdown.ts";
import { MAX_JOB_TTL_MS } from "../../shared/writeback.ts";
import type { Identity } from "./identity.ts";
import { readState } from "./read-state.ts";
import type { StateDirectory } from "./state-directory.ts";

export interface SealingKeys extends Closable {
  /** The public halves to seal to now, one for each suite. */
  current(): SealingKeyRecord[];
  /** Also an older one, as long as a job sealed to it may be on its way. Null when it is unknown or erased. */
  find(keyId: string): SealingKeyPair | null;
  /** Makes new keys when the present ones are due, and erases what nobody can need any more. True when there are new ones. */
  rotateIfDue(): Promise<boolean>;
  /** Called after every rotation, until the returned function is called. */
  onRotated(listener: () => void): () => void;
}

export interface SealingKeysOptions {
  readonly state: StateDirectory;
  readonly identity: Pick<Identity, "agentId" | "identityKey">;
  readonly log: Logger;
  readonly clock: Clock;
}

const LIFE_MS = DAY_MS;
/** New keys come before the old ones end, so that there is no moment without one. */
const ROTATE_BEFORE_END_MS = HOUR_MS;
/** A job sealed in the last moment of a key may live this long, on clocks that differ a little. */
const KEEP_AFTER_END_MS = MAX_JOB_TTL_MS + 5 * MINUTE_MS;
const LOOK_EVERY_MS = MINUTE_MS;
/** Far more than can be alive at once; a clock that jumps about must not fill the file. */
const MAX_KEYS = 32;

const KEYS_FILE = "sealing-keys.json";
const storedKeySchema = z.strictObject({
  keyId: ulidSchema,
  suite: z.enum(SUITES),
  publicKey: base64urlUpTo(65),
  privateKey: base64urlUpTo(66),
  createdAt: z.int().min(0),
  expiresAt: z.int().min(0),
});
const keysFileSchema = z.strictObject({ keys: z.array(storedKeySchema).max(MAX_KEYS) });
type StoredKey = Omit<z.infer<typeof storedKeySchema>, "privateKey"> & { readonly privateKey: Secret };

/** Opens the keys, rotates what is due, and looks again every minute until `close()`. */
export async function startSealingKeys(options: SealingKeysOptions): Promise<SealingKeys> {
  const { state, identity, log, clock } = options;
  const stored = await readState(state, KEYS_FILE, keysFileSchema);
  let keys: readonly StoredKey[] = (stored?.keys ?? []).map((key) => ({
    ...key,
    privateKey: new Secret(key.privateKey),
  }));
  const listeners = new Set<() => void>();
  const closing = new AbortController();

  // A clock set back must not keep a key alive: what was made "later than now" counts as due.
  const isDue = (key: StoredKey): boolean =>
    clock.now() > key.expiresAt - ROTATE_BEFORE_END_MS || clock.now() < key.createdAt - LIFE_MS;
  const isNeeded = (key: StoredKey): boolean => clock.now() <= key.expiresAt + KEEP_AFTER_END_MS;
  const newest = (): StoredKey[] =>
    SUITES.flatMap((suite) => keys.filter((key) => key.suite === suite).slice(-1));

  async function store(next: readonly StoredKey[]): Promise<void> {
    const file: z.infer<typeof keysFileSchema> = {
      keys: next.map((key) => ({ ...key, privateKey: key.privateKey.reveal() })),
    };
    await state.write(KEYS_FILE, JSON.stringify(file));
    keys = next;
  }

  async function rotate(): Promise<boolean> {
    const needed = keys.filter(isNeeded);
    const present = newest();
    if (present.length === SUITES.length && !present.some(isDue)) {
      if (needed.length < keys.length) await store(needed);
      return false;
    }
    const createdAt = clock.now();
    const made = await Promise.all(
      SUITES.map(async (suite): Promise<StoredKey> => ({
        ...(await generateSealingKeyPair(suite)),
        keyId: newId(),
        createdAt,
        expiresAt: createdAt + LIFE_MS,
      })),
    );
    await store([...needed, ...made].slice(-MAX_KEYS));
    log.info("identity.sealing_keys.rotated", { keyIds: made.map((key) => key.keyId) });
    for (const listener of listeners) listener();
    return true;
  }

  let rotating: Promise<boolean> | undefined;
  const rotateIfDue = (): Promise<boolean> =>
    (rotating ??= rotate().finally(() => {
      rotating = undefined;
    }));

  await rotateIfDue();

  const watching = (async () => {
    for (;;) {
      await clock.sleep(LOOK_EVERY_MS, closing.signal);
      if (closing.signal.aborted) return;
      await rotateIfDue().catch((error: unknown) =>
        log.error("identity.sealing_keys.rotation_failed", { error }),
      );
    }
  })();

  return {
    current: () =>
      newest().map(({ keyId, suite, publicKey, createdAt, expiresAt }) =>
        signSealingKey(identity.identityKey, {
          agentId: identity.agentId,
          keyId,
          suite,
          publicKey,
          createdAt,
          expiresAt,
        }),
      ),
    find: (keyId) => keys.find((key) => key.keyId === keyId && isNeeded(key)) ?? null,
    rotateIfDue,
    onRotated(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      closing.abort();
      await watching;
    },
  };
}
