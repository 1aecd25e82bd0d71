/** Where attempts are kept (cloud/store/attempts.ts). */
import type { Attempt } from "./attempt.ts";

export interface AttemptStore {
  /** Null when there is none, or none any more. */
  find(tenantId: string, id: string): Promise<Attempt | null>;
  /**
   * As this node read or wrote it last. Another may have written since: good for a change that `save` refuses then, for
   * nothing else.
   */
  remembered(tenantId: string, id: string): Attempt | null;
  /**
   * Writes the attempt in the place of the one it was made from (of the same revision; 0: there was none). What is stored
   * then, or null when somebody else wrote in between.
   */
  save(attempt: Attempt, lifeMs: number): Promise<Attempt | null>;
  remove(tenantId: string, id: string): Promise<void>;
}
