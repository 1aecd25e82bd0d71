import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { cloudConfigSchema } from "../../cloud/config/config.ts";
import { loadConfig } from "../../shared/config/load.ts";
import { read, root } from "./sources.ts";

interface Compose {
  readonly services: Readonly<
    Record<
      string,
      {
        build?: string | { dockerfile: string };
        environment?: Record<string, string>;
        volumes?: string[];
        secrets?: string[];
      }
    >
  >;
  readonly secrets: Readonly<Record<string, { file: string }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

/** There is no container engine in the test run, so what can be checked without one is checked. */
describe("docker-compose.yml", () => {
  const compose = parse(read("docker-compose.yml")) as Compose;

  it("has Redis, a directory, the cloud and an agent", () => {
    expect(Object.keys(compose.services)).to.have.members([
      "redis-tls",
      "redis",
      "openldap",
      "cloud",
      "agent",
    ]);
  });

  it("mounts and builds only what is in the repository or declared", () => {
    const missing = Object.entries(compose.services).flatMap(([name, service]) => [
      ...(service.volumes ?? [])
        .map((volume) => volume.split(":")[0] ?? "")
        .filter((source) =>
          source.startsWith("./") ? !existsSync(join(root, source)) : !(source in compose.volumes),
        )
        .map((source) => `${name}: ${source}`),
      ...(service.secrets ?? [])
        .filter((secret) => !(secret in compose.secrets))
        .map((secret) => `${name}: ${secret}`),
      ...(typeof service.build === "object" && !existsSync(join(root, service.build.dockerfile))
        ? [service.build.dockerfile]
        : []),
    ]);

    expect(missing).to.deep.equal([]);
  });

  it("gives the cloud an environment that its schema accepts", () => {
    // The container has the authority's certificate in a volume.
    const { LATCHKEY_CLOUD_REDIS__CA_FILE: ca, ...environment } =
      compose.services["cloud"]?.environment ?? {};
    expect(ca).to.equal("/redis-tls/ca.pem");
    const password = join(root, "config/compose/redis-password");
    const config = loadConfig(cloudConfigSchema, {
      file: join(root, "config/compose/cloud.yaml"),
      environmentPrefix: "LATCHKEY_CLOUD",
      environment: { ...environment, LATCHKEY_CLOUD_REDIS__PASSWORD_FILE: password },
    });

    expect(config.redis).to.include({ url: "rediss://redis:6379", username: "latchkey" });
    const digest = createHash("sha256")
      .update(config.redis.password?.reveal() ?? "")
      .digest("hex");
    expect(read("config/compose/users.acl")).to.contain(`user latchkey on #${digest} `);
  });
});

describe("the container image", () => {
  it("is built without source control, tests and benchmarks", () => {
    const ignored = read(".dockerignore").split("\n");

    expect(ignored).to.include.members([".git", "test", "bench", "node_modules"]);
  });

  it("runs from the build's output alone, as a user without rights", () => {
    const [, image = ""] = read("Dockerfile").split(/^FROM (?!.* AS )/m);
    const copied = [...image.matchAll(/^COPY --from=build \/build\/(\S+)/gm)].map(([, path]) => path);

    expect(copied).to.have.members(["package.json", "sbom.json", "node_modules", "dist"]);
    expect(image).to.match(/^USER latchkey$/m);
    expect(image).to.contain("NODE_ENV=production");
  });
});
