/** Wraps a directory and measures how long each request to it takes. */
import type { Clock } from "../../shared/clock.ts";
import { type ErrorCode, toAppError } from "../../shared/errors.ts";
import type { Directory } from "../directory/directory.ts";

export const DIRECTORY_OPERATIONS = ["find", "account", "apply", "sign_in", "lockout", "look"] as const;
export type DirectoryOperation = (typeof DIRECTORY_OPERATIONS)[number];

/** `code` is null when the directory answered, whatever the answer was. */
export type DirectoryListener = (
  operation: DirectoryOperation,
  durationMs: number,
  code: ErrorCode | null,
) => void;

/** Does not measure feeds, because they last as long as their reader takes. */
export function observeDirectory(directory: Directory, clock: Clock, onAnswer: DirectoryListener): Directory {
  const timed = async <T>(operation: DirectoryOperation, work: Promise<T>): Promise<T> => {
    const startedMs = clock.monotonicMs();
    let code: ErrorCode | null = null;
    try {
      return await work;
    } catch (error) {
      code = toAppError(error).code;
      throw error;
    } finally {
      onAnswer(operation, clock.monotonicMs() - startedMs, code);
    }
  };
  return {
    get dialect() {
      return directory.dialect;
    },
    get server() {
      return directory.server;
    },
    stated: () => directory.stated(),
    changes: (cursor, signal) => directory.changes(cursor, signal),
    watch: (onNotice, signal) => directory.watch(onNotice, signal),
    readUsers: (ids, signal) => directory.readUsers(ids, signal),
    find: (nameOrId, signal) => timed("find", directory.find(nameOrId, signal)),
    missingGroups: (dns) => directory.missingGroups(dns),
    account: (userId) => timed("account", directory.account(userId)),
    applyPassword: (order, onSend) => timed("apply", directory.applyPassword(order, onSend)),
    checkSignIn: (userId, password) => timed("sign_in", directory.checkSignIn(userId, password)),
    lockout: (userId) => timed("lockout", directory.lockout(userId)),
    look: (userId) => timed("look", directory.look(userId)),
    check: (userName) => directory.check(userName),
    permissionCommands: () => directory.permissionCommands(),
    close: () => directory.close(),
  };
}
