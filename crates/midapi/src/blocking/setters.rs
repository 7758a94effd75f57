//! Setters of the blocking builders.

/// Setters that call the setter of the same name of the async builder, in an `impl` that has a method `map`.
macro_rules! forward_setters {
    ($builder:ident: $($(#[$note:meta])* $name:ident($argument:ident: $type:ty)),+ $(,)?) => {$(
        #[doc = concat!("Like [`crate::", stringify!($builder), "::", stringify!($name), "`].")]
        $(#[$note])*
        pub fn $name(self, $argument: $type) -> Self {
            self.map(|builder| builder.$name($argument))
        }
    )+};
}

pub(crate) use forward_setters;
