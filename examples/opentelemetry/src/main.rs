//! Exports the spans of a client and sends the trace context to the server:
//! `cargo run -p midapi-example-opentelemetry -- ID`. The program prints the spans. To send them to a collector,
//! replace the exporter.

use midapi::ClientBuilder;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::HeaderInjector;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let id = std::env::args().nth(1).ok_or("usage: midapi-example-opentelemetry ID")?;
    let exporter = opentelemetry_stdout::SpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter).build();
    let spans = tracing_opentelemetry::layer().with_tracer(provider.tracer("example"));
    tracing_subscriber::registry().with(LevelFilter::INFO).with(spans).init();

    let client = ClientBuilder::from_env()
        .request_hook(|request| {
            // The hook runs inside the span of the request.
            let context = tracing::Span::current().context();
            TraceContextPropagator::new().inject_context(&context, &mut HeaderInjector(request.headers_mut()));
        })
        .build()?;
    let task = client.wait(id).await;
    provider.shutdown()?;
    println!("{}", task?.status());
    Ok(())
}
