/** Freezes a server: its connections stay open, and what is sent to it waits. */
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

const DEADLINE_MS = 5_000;
const STOPPED = new Set(["T", "Z", "X"]);

/**
 * Sends SIGSTOP and waits until every thread has stopped. Each stops when it is next scheduled; until then a server on a busy
 * machine still answers. `target` is as for kill(2): a negative number is a process group.
 */
export async function freeze(target: number): Promise<void> {
  process.kill(target, "SIGSTOP");
  const deadline = performance.now() + DEADLINE_MS;
  while (!(await isFrozen(target))) {
    if (performance.now() > deadline) throw new Error(`${target} did not freeze within ${DEADLINE_MS} ms`);
    await sleep(2);
  }
}

async function isFrozen(target: number): Promise<boolean> {
  const ids = target > 0 ? [String(target)] : await membersOf(-target);
  const states = await Promise.all(ids.map(threadStates));
  return states.flat().every((state) => STOPPED.has(state));
}

async function membersOf(group: number): Promise<string[]> {
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const groups = await Promise.all(ids.map(async (id) => (await fieldsOf(`/proc/${id}/stat`))[2]));
  return ids.filter((_, index) => groups[index] === String(group));
}

async function threadStates(id: string): Promise<string[]> {
  const threads = await readdir(`/proc/${id}/task`).catch(() => []);
  const fields = await Promise.all(threads.map((thread) => fieldsOf(`/proc/${id}/task/${thread}/stat`)));
  return fields.map(([state = "X"]) => state);
}

/** Reads the fields after the name, which may contain blanks: state, parent, process group; see proc(5). Empty when the process is gone. */
async function fieldsOf(file: string): Promise<string[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text === "" ? [] : text.slice(text.lastIndexOf(")") + 2).split(" ");
}
