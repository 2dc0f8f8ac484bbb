CREATE TABLE "dead_letters" (
	"id" text PRIMARY KEY NOT NULL,
	"status" text DEFAULT 'OPEN' NOT NULL,
	"queue" text NOT NULL,
	"reason" text NOT NULL,
	"detail" text,
	"type" text,
	"saga_id" text,
	"item_id" text,
	"step" text,
	"attempts" integer,
	"redrive_of" text,
	"content" "bytea" NOT NULL,
	"dead_at" timestamp (3) with time zone,
	"recorded_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"decided_reason" text,
	"decided_by" text,
	"decided_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "dead_letters_status_known" CHECK ("dead_letters"."status" in ('OPEN', 'REDRIVING', 'REDRIVEN', 'DISCARDED')),
	CONSTRAINT "dead_letters_decided_by_somebody" CHECK (num_nulls("dead_letters"."decided_reason", "dead_letters"."decided_by", "dead_letters"."decided_at") = case when "dead_letters"."status" = 'OPEN' then 3 else 0 end),
	CONSTRAINT "dead_letters_ended_once" CHECK (("dead_letters"."status" in ('REDRIVEN', 'DISCARDED')) = ("dead_letters"."ended_at" is not null))
);
--> statement-breakpoint
CREATE INDEX "dead_letters_latest" ON "dead_letters" USING btree ("recorded_at","id");--> statement-breakpoint
CREATE INDEX "dead_letters_by_status" ON "dead_letters" USING btree ("status","recorded_at","id");--> statement-breakpoint
CREATE INDEX "dead_letters_of_saga" ON "dead_letters" USING btree ("saga_id") WHERE "dead_letters"."saga_id" is not null;--> statement-breakpoint
CREATE INDEX "dead_letters_ended" ON "dead_letters" USING btree ("ended_at") WHERE "dead_letters"."ended_at" is not null;