# One image, three programs: latchkey-cloud (default), latchkey-agent, latchkey.
FROM node:22-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build && npm run --silent sbom > sbom.json && npm prune --omit=dev --ignore-scripts

FROM node:22-bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends redis-server ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --create-home --home-dir /var/lib/latchkey --shell /usr/sbin/nologin latchkey \
 && install -d -o latchkey -g latchkey -m 0700 /var/lib/latchkey-cloud /var/lib/latchkey-agent
COPY --from=build /build/package.json /opt/latchkey/package.json
COPY --from=build /build/sbom.json /opt/latchkey/sbom.json
COPY --from=build /build/node_modules /opt/latchkey/node_modules
COPY --from=build /build/dist /opt/latchkey/dist
RUN for program in cloud agent; do \
      printf '#!/bin/sh\nexec node /opt/latchkey/dist/%s/main.js "$@"\n' "$program" > "/usr/local/bin/latchkey-$program"; \
    done \
 && printf '#!/bin/sh\nexec node /opt/latchkey/dist/cli/main.js "$@"\n' > /usr/local/bin/latchkey \
 && chmod 0755 /usr/local/bin/latchkey*
ENV NODE_ENV=production
USER latchkey
CMD ["latchkey-cloud", "serve", "--config", "/etc/latchkey/cloud.yaml"]
