# One image for gateway, worker, simulator and the `sco` command line; which one runs is the command.
FROM node:22.22.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages/client/package.json packages/client/
COPY packages/simulator/package.json packages/simulator/
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY types types
COPY src src
COPY packages/client/src packages/client/src
COPY packages/simulator/src packages/simulator/src
COPY workflows workflows
COPY activities activities
COPY workers workers
RUN npm run build
# The workflows are bundled once, here: every copy of the worker runs the same code, and starts sooner.
RUN node --input-type=module --eval \
  "const { writeWorkflowBundle } = await import('./dist/workers/bundle-workflows.js'); await writeWorkflowBundle('dist/workflow-bundle.js');"
# The native core comes for five platforms; 110 MB of them never run here.
RUN npm prune --omit=dev --no-audit --no-fund \
  && rm -rf node_modules/@temporalio/core-bridge/sdk-core \
  && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 -type d ! -name "*-unknown-linux-gnu" -exec rm -rf {} +

FROM node:22.22.0-bookworm-slim
# curl: the simulator runs mediator scripts as SecureChange does. tini: signals and zombies. util-linux brings prlimit for custom scripts.
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates curl openssl tini \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
ENV NODE_ENV=production \
    TZ=UTC \
    LANG=C.UTF-8 \
    SCO_CONFIG_DIR=/app/config \
    SCO_DATA_DIR=/data \
    SCO_WORKFLOW_BUNDLE=/app/dist/workflow-bundle.js
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY bin bin
COPY config config
COPY deploy/mediator deploy/mediator
COPY deploy/container deploy/container
RUN install -d -o node -g node -m 0700 /data \
  && ln -s /app/bin/sco.mjs /usr/local/bin/sco
USER node
VOLUME /data
EXPOSE 8000
ENTRYPOINT ["/usr/bin/tini", "--"]
CMD ["node", "--stack-trace-limit=3", "dist/workers/main.js"]
