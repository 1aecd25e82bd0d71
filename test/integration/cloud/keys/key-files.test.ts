import { chmod, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { createKeyFiles, openKeyFiles } from "../../../../cloud/keys/key-files.ts";
import { isAppError } from "../../../../shared/errors.ts";

describe("key files", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "latchkey-keys-"));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const refusal = (): Promise<unknown> =>
    openKeyFiles(directory).then(
      () => null,
      (error: unknown) => error,
    );
  const isUnreadable = (error: unknown): boolean => isAppError(error, "STATE_UNREADABLE");

  it("are made once, for their owner alone", async () => {
    const first = await createKeyFiles(directory);
    const second = await createKeyFiles(directory);

    expect([first.created, second.created]).to.deep.equal([true, false]);
    expect(second.service.publicKey).to.equal(first.service.publicKey);
    expect(second.issuer.publicKey).to.equal(first.issuer.publicKey);
    expect(first.issuer.publicKey).to.not.equal(first.service.publicKey);
    expect((await readdir(directory)).sort()).to.deep.equal([
      "issuer.key",
      "portal.key",
      "records.key",
      "service.key",
    ]);
    expect((await stat(join(directory, "issuer.key"))).mode & 0o777).to.equal(0o600);
  });

  it("get the keys that an earlier version did not have, and keep the others", async () => {
    const first = await createKeyFiles(directory);
    await rm(join(directory, "portal.key"));

    const second = await createKeyFiles(directory);

    expect(second.created).to.equal(false);
    expect(second.service.publicKey).to.equal(first.service.publicKey);
  });

  it("are the same for ten first starts at once", async () => {
    const made = await Promise.all(Array.from({ length: 10 }, () => createKeyFiles(directory)));

    expect(new Set(made.map(({ service }) => service.publicKey)).size).to.equal(1);
    expect(await readdir(directory)).to.have.length(4);
  });

  it("must be there", async () => {
    expect(await refusal())
      .to.satisfy(isUnreadable)
      .with.property("message")
      .that.contains("latchkey-cloud init");
  });

  it("must be whole", async () => {
    await createKeyFiles(directory);
    await writeFile(join(directory, "issuer.key"), "half a k");

    expect(await refusal()).to.satisfy(isUnreadable);
  });

  it("must not be open to others", async () => {
    await createKeyFiles(directory);
    await chmod(join(directory, "service.key"), 0o640);

    expect(await refusal()).to.satisfy(isUnreadable);
  });

  it("must not lie in a directory open to others", async () => {
    await chmod(directory, 0o755);

    const error: unknown = await createKeyFiles(directory).catch((fault: unknown) => fault);

    expect(error).to.satisfy(isUnreadable);
  });
});
