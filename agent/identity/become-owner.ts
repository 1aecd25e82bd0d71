import { statSync } from "node:fs";

/**
 * Root goes on as the owner of the folder, so that `sudo latchkey-agent …` may look at a service's state and leaves nothing in
 * it that the service cannot read. Everybody else, and root in a folder of its own, stays who it is. There is no way back.
 */
export function becomeOwnerOf(folder: string): void {
  if (process.getuid?.() !== 0) return;
  const owner = statSync(folder, { throwIfNoEntry: false });
  if (owner === undefined || owner.uid === 0) return;
  process.setgroups?.([owner.gid]);
  process.setgid?.(owner.gid);
  process.setuid?.(owner.uid);
}
