/** Starts nginx with server blocks as an administrator writes them. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Nginx {
  /** What nginx has written to its error log. */
  log(): string;
  close(): Promise<void>;
}

const START_MS = 10_000;
const TEMPORARY = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];

/** `site` is the content of a file in conf.d. Resolves when nginx listens on `port`. */
export async function startNginx(site: string, port: number): Promise<Nginx> {
  const folder = await mkdtemp(join(tmpdir(), "latchkey-nginx-"));
  const file = join(folder, "nginx.conf");
  await writeFile(join(folder, "site.conf"), site);
  await writeFile(
    file,
    [
      ...(process.getuid?.() === 0 ? ["user root;"] : []),
      "daemon off;",
      "worker_processes 1;",
      "error_log stderr notice;",
      `pid ${folder}/nginx.pid;`,
      "events {}",
      "http {",
      "access_log off;",
      ...TEMPORARY.map((name) => `${name}_temp_path ${folder}/${name};`),
      `include ${folder}/site.conf;`,
      "}",
    ].join("\n"),
  );
  let log = "";
  const path = `${process.env["PATH"] ?? ""}:/usr/sbin:/usr/local/sbin`;
  const child = spawn("nginx", ["-p", folder, "-c", file, "-e", "stderr"], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, PATH: path },
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
  child.once(
    "error",
    (error) => (log += `nginx cannot be started (apt-get install nginx-light): ${error.message}`),
  );
  const ended = once(child, "close").catch(() => undefined);
  const close = async (): Promise<void> => {
    child.kill("SIGTERM");
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const deadline = performance.now() + START_MS;
    while (!(await isOpen(port))) {
      if (child.exitCode !== null || child.pid === undefined || performance.now() > deadline)
        throw new Error(`nginx does not listen on port ${port}: ${log}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { log: () => log, close };
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    const end = (result: boolean) => () => {
      socket.destroy();
      resolve(result);
    };
    socket.once("connect", end(true)).once("error", end(false));
  });
}
