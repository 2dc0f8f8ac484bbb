CREATE TABLE "saga_definitions" (
	"saga_type" text NOT NULL,
	"version" integer NOT NULL,
	"fingerprint" text NOT NULL,
	"shape" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "saga_definitions_key" PRIMARY KEY("saga_type","version")
);
--> statement-breakpoint
ALTER TABLE "saga_state" DROP CONSTRAINT "saga_state_business_key";--> statement-breakpoint
DROP INDEX "saga_state_held";--> statement-breakpoint
DROP INDEX "saga_state_due";--> statement-breakpoint
ALTER TABLE "saga_state" ADD COLUMN "context" jsonb;--> statement-breakpoint
ALTER TABLE "saga_state" ADD COLUMN "pruned_at" timestamp with time zone;--> statement-breakpoint
CREATE UNIQUE INDEX "saga_state_business_key" ON "saga_state" USING btree ("business_key" text_pattern_ops,"saga_type");--> statement-breakpoint
CREATE INDEX "saga_state_at_rest" ON "saga_state" USING btree ("status","saga_type","created_at","version") WHERE (due_at is null or status not in ('RUNNING', 'COMPENSATING'));--> statement-breakpoint
CREATE INDEX "saga_state_failure" ON "saga_state" USING btree ((failure ->> 'code'),"created_at") WHERE (failure ->> 'code') is not null and (due_at is null or status not in ('RUNNING', 'COMPENSATING'));--> statement-breakpoint
CREATE INDEX "saga_state_lane" ON "saga_state" USING btree ((context ->> 'lane'),"created_at") WHERE (context ->> 'lane') is not null and (due_at is null or status not in ('RUNNING', 'COMPENSATING'));--> statement-breakpoint
CREATE INDEX "saga_state_ended" ON "saga_state" USING btree ("completed_at") WHERE completed_at is not null and pruned_at is null;--> statement-breakpoint
CREATE INDEX "saga_state_pruned" ON "saga_state" USING btree ("completed_at") WHERE completed_at is not null and pruned_at is not null;--> statement-breakpoint
CREATE INDEX "saga_state_due" ON "saga_state" USING btree ("saga_type","version","due_at","status") WHERE due_at is not null;