alter view order_overview rename to orders_with_customers;
