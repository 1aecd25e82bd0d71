import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { openIdentity, saveIdentity } from "../../../../agent/identity/identity.ts";
import { openStateDirectory } from "../../../../agent/identity/state-directory.ts";
import { newId } from "../../../../shared/ids.ts";
import { generateSigningKey } from "../../../../shared/sealing/signing-key.ts";
import { rejection } from "../../../support/rejection.ts";

describe("the state directory", () => {
  let root: string;
  let path: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "latchkey-state-"));
    path = join(root, "state");
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const newIdentity = () => ({
    agentId: newId(),
    tenantId: "contoso",
    identityKey: generateSigningKey(),
    serviceKey: generateSigningKey().publicKey,
    issuerKey: generateSigningKey().publicKey,
    cloudUrl: "https://cloud.example.com",
  });

  it("is made for its user alone, and leaves no temporary file", async () => {
    const state = await openStateDirectory(path, { create: true });
    await state.write("a.json", "1");
    await state.write("a.json", "2");

    expect(String(await state.read("a.json"))).to.equal("2");
    expect(await readdir(path)).to.deep.equal(["a.json"]);
    expect((await stat(path)).mode & 0o777).to.equal(0o700);
    expect((await stat(join(path, "a.json"))).mode & 0o777).to.equal(0o600);
    await state.remove("a.json");
    expect(await state.read("a.json")).to.equal(null);
  });

  it("is refused when it is missing, a file, or open to others (T-21)", async () => {
    expect((await rejection(openStateDirectory(path))).code).to.equal("AGENT_NOT_ENROLLED");
    await writeFile(path, "");
    expect((await rejection(openStateDirectory(path))).code).to.equal("STATE_UNREADABLE");
    await rm(path);
    await mkdir(path, { mode: 0o750 });
    const error = await rejection(openStateDirectory(path));
    expect(error.message).to.include(path).and.include("750");
  });

  it("gives no file that is open to others, too large, or not a plain file", async () => {
    const state = await openStateDirectory(path, { create: true });
    await state.write("open", "x");
    await chmod(join(path, "open"), 0o640);
    await state.write("large", Buffer.alloc(1024 * 1024 + 1));
    await symlink("/etc/hostname", join(path, "link"));
    await mkdir(join(path, "folder"), { mode: 0o700 });

    for (const name of ["open", "large", "link", "folder"])
      expect((await rejection(state.read(name))).code, name).to.equal("STATE_UNREADABLE");
  });

  it("encrypts its files when systemd hands over a key, old plain ones at their next write", async () => {
    const credentialsDirectory = join(root, "credentials");
    await mkdir(credentialsDirectory);
    const plain = await openStateDirectory(path, { create: true, credentialsDirectory });
    await plain.write("identity.json", "hush");
    await writeFile(join(credentialsDirectory, "latchkey-state-key"), "k".repeat(40));

    const state = await openStateDirectory(path, { credentialsDirectory });
    expect(String(await state.read("identity.json"))).to.equal("hush");
    await state.write("identity.json", "hush");

    expect(await readFile(join(path, "identity.json"), "latin1")).not.to.include("hush");
    expect(String(await state.read("identity.json"))).to.equal("hush");
    const without = await openStateDirectory(path);
    expect((await rejection(without.read("identity.json"))).message).to.include("latchkey-state-key");
    await writeFile(join(credentialsDirectory, "latchkey-state-key"), "short");
    expect((await rejection(openStateDirectory(path, { credentialsDirectory }))).message).to.include(
      "32 bytes",
    );
  });

  it("holds the identity and how often it connected", async () => {
    const state = await openStateDirectory(path, { create: true });
    expect((await rejection(openIdentity(state))).code).to.equal("AGENT_NOT_ENROLLED");
    const made = newIdentity();
    await saveIdentity(state, made);

    const identity = await openIdentity(state);
    await identity.storeGeneration(7);

    const again = await openIdentity(state);
    expect(again).to.include({ agentId: made.agentId, generation: 7, issuerKey: made.issuerKey });
    expect(again.identityKey.publicKey).to.equal(made.identityKey.publicKey);
    expect(JSON.stringify(again)).not.to.include(made.identityKey.seed.reveal());
  });

  it("never starts to count again when the generation is lost, and names the damaged file", async () => {
    const state = await openStateDirectory(path, { create: true });
    await saveIdentity(state, newIdentity());
    for (const damage of [`{"generation":-1}`, `{"generation"`, "", `{"generation":1,"more":2}`]) {
      await state.write("generation.json", damage);
      const error = await rejection(openIdentity(state));
      expect(error.code).to.equal("STATE_UNREADABLE");
      expect(error.message).to.include("generation.json");
    }
    await state.remove("generation.json");
    expect((await rejection(openIdentity(state))).code).to.equal("STATE_UNREADABLE");
  });
});
