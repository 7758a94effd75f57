//! Look-ups by order: `ways WAY BASE_URL IN_FLIGHT`, then a number a line.

fn main() {
    midapi_bench::ways::take_orders(String::new);
}
