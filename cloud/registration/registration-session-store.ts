/** Where sessions of the registration portal are kept (cloud/store/registration-sessions.ts). */
import type { RegistrationSession } from "./session.ts";

export interface RegistrationSessionStore {
  /** Null when it is over. */
  read(
    tenantId: string,
    id: string,
  ): Promise<{ readonly version: number; readonly session: RegistrationSession } | null>;
  /** False when somebody else wrote since `expected` was read; 0: there is none yet. */
  write(session: RegistrationSession, expected: number, lifeMs: number): Promise<boolean>;
  remove(tenantId: string, id: string): Promise<void>;
}
