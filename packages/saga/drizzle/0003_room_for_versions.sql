-- Each row's page has room for its next version, so that a step of a saga need not touch the indexes.
ALTER TABLE "saga_state" SET (fillfactor = 50);
