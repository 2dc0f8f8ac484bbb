# syntax=docker/dockerfile:1
# One file for all services: `docker build --build-arg APP=order-service .`
# The auditor as well: `--build-arg APP=@saga-checkout/auditor --build-arg FOLDER=packages/auditor`.
# Only what the service stands on is in its image: `turbo prune` cuts the workspace down to that.

FROM node:24-bookworm-slim AS base
ENV TURBO_TELEMETRY_DISABLED=1 CI=1
RUN npm install --global pnpm@12.21.0 turbo@2.11.11
WORKDIR /workspace

FROM base AS pruned
ARG APP
COPY . .
RUN test -n "$APP" && turbo prune "$APP" --docker

FROM base AS built
ARG APP
# First what names the dependencies: this layer lasts until they change.
COPY --from=pruned /workspace/out/json/ .
RUN pnpm install --frozen-lockfile
COPY --from=pruned /workspace/out/full/ .
COPY tsconfig.base.json .
RUN turbo run build --filter="$APP"
# What builds and tests is not needed to run.
RUN rm -rf node_modules packages/*/node_modules apps/*/node_modules && pnpm install --prod --frozen-lockfile --offline

FROM node:24-bookworm-slim
ARG APP
ARG FOLDER=apps/$APP
ENV NODE_ENV=production HOST=0.0.0.0
COPY --from=built /workspace /workspace
WORKDIR /workspace/$FOLDER
USER node
CMD ["node", "dist/main.js"]
