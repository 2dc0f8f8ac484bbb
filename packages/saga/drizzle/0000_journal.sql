CREATE TABLE "saga_logs" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "saga_logs_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"saga_id" uuid NOT NULL,
	"seq" integer NOT NULL,
	"event" text NOT NULL,
	"step" text,
	"attempt" integer,
	"data" jsonb NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "saga_logs_seq" UNIQUE("saga_id","seq")
);
--> statement-breakpoint
CREATE TABLE "saga_state" (
	"saga_id" uuid PRIMARY KEY NOT NULL,
	"saga_type" text NOT NULL,
	"version" integer NOT NULL,
	"status" text NOT NULL,
	"business_key" text NOT NULL,
	"current_step" text,
	"input" jsonb NOT NULL,
	"steps" jsonb NOT NULL,
	"failure" jsonb,
	"idempotency_scope" text,
	"idempotency_key" text,
	"request_fingerprint" text,
	"revision" integer NOT NULL,
	"log_seq" integer NOT NULL,
	"due_at" timestamp with time zone,
	"owner" text,
	"traceparent" text,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"completed_at" timestamp with time zone,
	CONSTRAINT "saga_state_business_key" UNIQUE("saga_type","business_key"),
	CONSTRAINT "saga_state_idempotency_key" UNIQUE("idempotency_scope","idempotency_key"),
	CONSTRAINT "saga_state_status" CHECK (status in ('RUNNING', 'WAITING', 'COMPENSATING', 'COMPLETED', 'COMPENSATED', 'COMPENSATION_FAILED', 'PAUSED')),
	CONSTRAINT "saga_state_ended" CHECK ((status in ('COMPLETED', 'COMPENSATED')) = (completed_at is not null))
);
--> statement-breakpoint
CREATE INDEX "saga_state_due" ON "saga_state" USING btree ("due_at") WHERE due_at is not null;