/** Measures the CPU time of everything a measurement runs. Unlike wall time, it hardly changes with other work on the machine. */
import { generateKeyPairSync, sign, verify } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

/** CPU milliseconds since its start, by program; the bench itself is `client`. Empty where there is no /proc. */
export type CpuTimes = Readonly<Record<string, number>>;

/** The kernel counts in this unit on every architecture Node runs on (USER_HZ). */
const MS_A_TICK = 10;

/** Counts everything that this process has started. `names` maps a process whose command name says nothing to a better name. */
export function cpuTimes(names: ReadonlyMap<number, string>): CpuTimes {
  const { user, system } = process.cpuUsage();
  const times: Record<string, number> = { client: (user + system) / 1000 };
  const processes = readProcesses();
  const isOurs = (pid: number): boolean => {
    const parent = processes.get(pid)?.parent;
    return parent !== undefined && (parent === process.pid || isOurs(parent));
  };
  for (const [pid, { command, cpuMs }] of processes) {
    if (!isOurs(pid)) continue;
    const name = names.get(pid) ?? command;
    times[name] = (times[name] ?? 0) + cpuMs;
  }
  return times;
}

/** Computes the CPU time spent between two readings, per unit. */
export function cpuSpent(before: CpuTimes, after: CpuTimes, units: number): CpuTimes {
  return Object.fromEntries(
    Object.entries(after).map(([name, ms]) => [name, (ms - (before[name] ?? 0)) / units]),
  );
}

/**
 * Measures the CPU microseconds of one Ed25519 verification at this moment. Other work on the machine makes everything cost more
 * CPU too (shared caches, two threads on one core); this figure shows how much more.
 */
export function yardstick(): number {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const message = Buffer.alloc(500);
  const signature = sign(null, message, privateKey);
  const times = 1000;
  const before = process.cpuUsage();
  for (let count = 0; count < times; count++) verify(null, message, publicKey, signature);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / times;
}

function readProcesses(): Map<number, { parent: number; command: string; cpuMs: number }> {
  const processes = new Map<number, { parent: number; command: string; cpuMs: number }>();
  for (const entry of procEntries()) {
    // pid (command) state ppid … utime stime: proc(5). The command may hold anything, the last ")" ends it.
    const text = readStat(entry);
    const end = text.lastIndexOf(")");
    const fields = text.slice(end + 2).split(" ");
    if (end === -1) continue;
    processes.set(Number(entry), {
      parent: Number(fields[1]),
      command: text.slice(text.indexOf("(") + 1, end),
      cpuMs: (Number(fields[11]) + Number(fields[12])) * MS_A_TICK,
    });
  }
  return processes;
}

function procEntries(): string[] {
  try {
    return readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

function readStat(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return ""; // it has ended
  }
}
