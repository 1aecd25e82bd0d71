/**
 * Holds the keys that passwords are sealed to. New ones are made every day. Old ones are kept until the last job sealed
 * to them has arrived, then erased.
 */
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

export interface SealingKeysDeps {
  readonly state: StateDirectory;
  readonly identity: Pick<Identity, "agentId" | "identityKey">;
  readonly log: Logger;
  readonly clock: Clock;
}

const LIFE_MS = DAY_MS;
/** New keys are made this long before the old ones expire, so that there is no moment without one. */
const ROTATE_BEFORE_END_MS = HOUR_MS;
/** A job that is sealed at the last moment of a key lives at most this long, even if the clocks differ slightly. */
const KEEP_AFTER_END_MS = MAX_JOB_TTL_MS + 5 * MINUTE_MS;
const LOOK_EVERY_MS = MINUTE_MS;
/** Far more keys than can be alive at once. A clock that jumps must not fill the file. */
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

/** Opens the keys, rotates those that are due, and checks again every minute until `close()`. */
export async function startSealingKeys(deps: SealingKeysDeps): Promise<SealingKeys> {
  const stored = await readState(deps.state, KEYS_FILE, keysFileSchema);
  const keys = (stored?.keys ?? []).map((key) => ({ ...key, privateKey: new Secret(key.privateKey) }));
  const sealingKeys = new SealingKeys(deps, keys);
  await sealingKeys.rotateIfDue();
  sealingKeys.start();
  return sealingKeys;
}

/**
 * A pair of keys:
 *
 *   newest of its suite ──(an hour before its day is over)──► older, still opens seals ──(no job can be on its way)──► erased
 */
class SealingKeys implements Closable {
  readonly #deps: SealingKeysDeps;
  readonly #listeners = new Set<() => void>();
  readonly #closing = new AbortController();
  /** Oldest first. */
  #keys: readonly StoredKey[];
  #rotating: Promise<boolean> | undefined;
  #watching: Promise<void> = Promise.resolve();

  constructor(deps: SealingKeysDeps, keys: readonly StoredKey[]) {
    this.#deps = deps;
    this.#keys = keys;
  }

  /** Called once, by `startSealingKeys`. */
  start(): void {
    this.#watching = this.#watch();
  }

  /** Returns the signed public keys to seal to now, one for each suite. */
  current(): SealingKeyRecord[] {
    const { agentId, identityKey } = this.#deps.identity;
    return this.#newest().map(({ keyId, suite, publicKey, createdAt, expiresAt }) =>
      signSealingKey(identityKey, { agentId, keyId, suite, publicKey, createdAt, expiresAt }),
    );
  }

  /**
   * Finds a key, also an older one as long as a job sealed to it may still arrive. Returns null when it is unknown or
   * erased.
   */
  find(keyId: string): SealingKeyPair | null {
    return this.#keys.find((key) => key.keyId === keyId && this.#isNeeded(key)) ?? null;
  }

  /**
   * Makes new keys when the present ones are due, and erases those that no job can need any more. Returns true when
   * there are new keys.
   */
  rotateIfDue(): Promise<boolean> {
    this.#rotating ??= this.#rotate().finally(() => (this.#rotating = undefined));
    return this.#rotating;
  }

  /** Calls the listener after every rotation, until the returned function is called. */
  onRotated(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#watching;
  }

  async #watch(): Promise<void> {
    const { clock, log } = this.#deps;
    for (;;) {
      await clock.sleep(LOOK_EVERY_MS, this.#closing.signal);
      if (this.#closing.signal.aborted) return;
      await this.rotateIfDue().catch((error: unknown) =>
        log.error("identity.sealing_keys.rotation_failed", { error }),
      );
    }
  }

  async #rotate(): Promise<boolean> {
    const { clock, log } = this.#deps;
    const needed = this.#keys.filter((key) => this.#isNeeded(key));
    const present = this.#newest();
    if (present.length === SUITES.length && !present.some((key) => this.#isDue(key))) {
      if (needed.length < this.#keys.length) await this.#store(needed);
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
    await this.#store([...needed, ...made].slice(-MAX_KEYS));
    log.info("identity.sealing_keys.rotated", { keyIds: made.map((key) => key.keyId) });
    for (const listener of this.#listeners) listener();
    return true;
  }

  async #store(next: readonly StoredKey[]): Promise<void> {
    const file: z.infer<typeof keysFileSchema> = {
      keys: next.map((key) => ({ ...key, privateKey: key.privateKey.reveal() })),
    };
    await this.#deps.state.write(KEYS_FILE, JSON.stringify(file));
    this.#keys = next;
  }

  #newest(): StoredKey[] {
    return SUITES.flatMap((suite) => this.#keys.filter((key) => key.suite === suite).slice(-1));
  }

  /**
   * A key that was made "later than now" counts as due. Otherwise a clock that is set back would keep the key alive.
   */
  #isDue({ createdAt, expiresAt }: StoredKey): boolean {
    const now = this.#deps.clock.now();
    return now > expiresAt - ROTATE_BEFORE_END_MS || now < createdAt - LIFE_MS;
  }

  #isNeeded({ expiresAt }: StoredKey): boolean {
    return this.#deps.clock.now() <= expiresAt + KEEP_AFTER_END_MS;
  }
}
export type { SealingKeys };
