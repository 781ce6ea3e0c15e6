# Debian and not Alpine: Temporal's native core needs glibc.
FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev --omit=optional

FROM node:22-bookworm-slim
# Temporal's core reads the system's certificates.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production DATA_DIR=/data
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
# The same names as in a clone, running what was compiled.
RUN npm pkg set scripts.api="node dist/src/api.js" scripts.worker="node dist/src/worker.js" \
    scripts.migrate="node dist/src/migrate.js" scripts.token="node dist/src/cli/token.js" \
    scripts.import="node dist/src/cli/import.js" \
  && mkdir /data && chown node:node /data
USER node
VOLUME /data
CMD ["npm", "run", "-s", "api"]
