export const help = `What could not be executed: the dead letters, as the orchestrator has recorded them.

  pnpm dlq list                         those that wait for somebody, the latest first
  pnpm dlq show <id…>                   one in full: its command without secrets, its saga, what to think of
  pnpm dlq redrive <id…> --reason "…"   send the command again, once
  pnpm dlq redrive --all --type order.create --reason "…"
                                        the same for all that match; at least one filter is needed
  pnpm dlq discard <id…> --reason "…"   it will not be sent again; the letter and the reason are kept

Which letters (list, and redrive or discard with --all):
  --queue <queue>       order_commands, inventory_commands, payment_commands
  --type <command>      order.create, payment.refund …
  --saga <id>           of one saga
  --status <status,…>   OPEN, REDRIVING, REDRIVEN, DISCARDED; if not given: OPEN,REDRIVING
  --reason <reason>     list only: BROKEN_JSON, BROKEN_ENVELOPE, UNKNOWN_COMMAND, INVALID_PAYLOAD, DELIVERY_LIMIT
  --limit <number>      list only: so many at most; 50 if not given

  --reason "…"          redrive, discard: why; kept with the letter
  --by <name>           who; the name of your account if not given
  --json                for programs
  --help                this

ORCHESTRATOR_URL says where the orchestrator is: http://127.0.0.1:3004 if not given.
Ends with 0 if all was done, 1 if something was refused, 2 if nothing could be asked.

What is redriven goes to whoever executes that command now. A participant that has done it already answers with what it
recorded, so once more does no harm; of a saga that has ended, "show" warns. A command that is put aside again is a new
letter, which names the former one.`;
