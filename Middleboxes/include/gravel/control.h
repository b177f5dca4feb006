// Control operations: what is done to a middlebox from outside, between packets. At file scope:
//
//     struct backend_index { uint32_t index; };
//     CONTROL_OPERATION(remove_backend, const struct backend_index *argument) {
//         if (argument->index < 16) backends[argument->index].address = 0;
//     }
//     CONTROL_OPERATION(forget_all) { generation++; }
//
// An operation is ordinary C that may change the state. It is given a pointer to one struct, which is read-only and gone when it
// returns, or nothing. It has no packet. It runs as a whole between two packets or other operations; its time, which the
// functions of maps and pools count from, is not before that of what happened before it.
//
// `verify` proves for operations with any argument, at any time, in any order with packets; `replay --operations` runs them by
// name from a YAML file, with the fields of the struct by their C names.
#ifndef GRAVEL_CONTROL_H
#define GRAVEL_CONTROL_H

// By its section, the verifier knows that a function is one.
#define GRAVEL_OPERATION_SECTION "gravel_operations"

#define CONTROL_OPERATION(...) GRAVEL_OPERATION(__VA_ARGS__, void, )
// `end` is what stands behind the argument: nothing or the `void` of the line above, unless there is one argument too many.
#define GRAVEL_OPERATION(name, argument, end, ...)                                                                               \
    gravel_an_operation_takes_one_pointer_##end __attribute__((section(GRAVEL_OPERATION_SECTION), used)) void name(argument);    \
    void name(argument)
#define gravel_an_operation_takes_one_pointer_
#define gravel_an_operation_takes_one_pointer_void

#endif
